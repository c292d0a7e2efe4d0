"""A Python function becomes a formula: it is called once, with symbols for x and its parameters."""

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NoReturn

from .expressions import Expression, as_number
from .symbols import SEVERAL_ROWS, Symbol, part_of

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}")
_CONSTANTS = ("e", "pi")
"""Names that mean something else in a formula."""


@dataclass(frozen=True)
class TracedFunction:
    """A function as a formula."""

    formula: str
    parameters: dict[str, str]
    """Names of the parameters in the formula by those in the function, in the order of the signature.

    They are the same, unless a name means something else in formulas or is none there."""
    defaults: dict[str, float]
    """Start values that the signature gives, by the names in the formula."""


class _Variables(tuple[Symbol, ...]):
    """Several predictor variables: a function takes them apart, as `a, b = x` or `x[0]`."""

    __slots__ = ()

    def _refuse(self, *_others: object) -> NoReturn:
        raise TypeError(SEVERAL_ROWS)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __pow__ = __rpow__ = __neg__ = __array__ = _refuse


def trace(
    function: Callable[..., Any], variables: Sequence[str] = ("x",), parameters: int | None = None
) -> TracedFunction:
    """Return the formula of `function(x, a, b, ...)`, its first argument x, all others parameters.

    `variables` names the predictor variables: of several, x is a tuple in the function. `parameters` says how many
    there are, where the function takes them as `*p`.

    Raises TypeError, with what to write in its place, for a function that does what no formula can: branches, loops
    over points, functions of math.
    """
    declared, defaults = _declared(function, parameters)
    names = _names_in_formula(declared, {*_CONSTANTS, *variables})
    symbols = tuple(Symbol(Expression(variable)) for variable in variables)
    x = symbols[0] if len(symbols) == 1 else _Variables(symbols)
    value = function(x, *(Symbol(Expression(name)) for name in names.values()))
    formula = as_number(part_of(value)).text
    return TracedFunction(formula, names, {names[name]: start for name, start in defaults.items()})


def _declared(function: Callable[..., Any], count: int | None) -> tuple[list[str], dict[str, float]]:
    """Return the names of the parameters that a function declares, and the default values of these."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        raise TypeError("what arguments this function takes can't be told: write one in Python around it") from None
    arguments = list(signature.parameters.values())
    positional = [one for one in arguments if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    gathered = next((one for one in arguments if one.kind is inspect.Parameter.VAR_POSITIONAL), None)
    if not positional:
        raise TypeError("the function needs x as its first argument: def f(x, a, b)")
    names = [argument.name for argument in positional[1:]]
    if gathered is not None:
        names += _gathered(gathered.name, len(names), count)
    if not names:
        raise TypeError("the function has no parameters: def f(x, a, b)")
    defaults = {one.name: float(one.default) for one in positional[1:] if isinstance(one.default, int | float)}
    return names, defaults


def _gathered(name: str, named: int, count: int | None) -> Iterator[str]:
    """Return names for the parameters that a function takes as `*p`."""
    if count is None:
        raise TypeError(f"the function takes its parameters as *{name}: say by p0 how many there are")
    return (f"{name}{place}" for place in range(count - named))


def _names_in_formula(declared: Sequence[str], meant: AbstractSet[str]) -> dict[str, str]:
    """Return the names in the formula: others where those of the function are none there, or mean something else."""
    free = {name for name in declared if _NAME.fullmatch(name) and name not in meant}
    names: dict[str, str] = {}
    for place, name in enumerate(declared):
        ours = name if name in free else f"{name}_" if name in meant else f"p{place}"
        while name not in free and ours in free:
            ours += "_"
        names[name] = ours
        free.add(ours)
    return names

"""What is said of a call of a function that is none, or that takes other arguments."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from app.fitting.formulas.functions import CONSTANTS, FUNCTIONS, similar_function
from app.fitting.formulas.text import FormulaError
from app.fitting.formulas.tree import POWERS, Call

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("if", "iif", "ifelse", "piecewise", "select"), "where(u > v, a, b)"),
        **dict.fromkeys(("int", "fix", "trunc"), "sign(u) * floor(abs(u))"),
        **dict.fromkeys(("round", "rint", "around"), "floor(u + 0.5)"),
        **dict.fromkeys(("factorial", "fact"), "gamma(u + 1)"),
        "remainder": "mod(u, v)",
        "fmod": "sign(u) * mod(abs(u), abs(v))",
        "square": "u^2",
        "exp2": "2^u",
        "exp10": "10^u",
        "cot": "1/tan(u)",
        "sec": "1/cos(u)",
        "csc": "1/sin(u)",
        "coth": "1/tanh(u)",
        "sech": "1/cosh(u)",
        "csch": "1/sinh(u)",
    }
)
"""What to write in the place of functions that other programs have, by their names in small letters."""

_WITH_OTHER_ARGUMENTS: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        ("log", 2): "write log(u)/log(v), log10(u) or log2(u)",
        ("heaviside", 2): "write heaviside(u), which is 1/2 at 0",
        ("atan", 2): "write atan2(y, x)",
        ("erf", 2): "write erf(v) - erf(u)",
    }
)
"""What to write for a function with a number of arguments that it has in other programs."""


class UnknownFunctionError(FormulaError):
    """A name before a bracket is no function's; `function` is that name, `similar` what to write, if that is known."""

    def __init__(self, message: str, position: int, function: str, similar: str | None) -> None:
        super().__init__(message, position)
        self.args = (message, position, function, similar)
        self.function = function
        self.similar = similar


def unknown_function(call: Call, names: Collection[str]) -> FormulaError:
    """Return what is said of a call of no function; `names` are the variables, and the parameters before it."""
    name = call.function
    if name in POWERS:
        return wrong_count(call, ("u", "v"))
    to_multiply = f"to multiply, write {name} * (...)"
    if name in names or name in CONSTANTS:
        return FormulaError(f"{name} is not a function: {to_multiply}", call.position)
    similar, elsewhere = similar_function(name), ELSEWHERE.get(name.lower())
    hint = f": did you mean {similar}?" if similar else f"; {to_multiply}"
    hint = f": write {elsewhere}" if elsewhere else hint
    return UnknownFunctionError(f"unknown function {name!r}{hint}", call.position, name, elsewhere or similar)


def wrong_count(call: Call, expected: Sequence[str]) -> FormulaError:
    """Return what is said of a call with too few or too many arguments."""
    count = len(call.arguments)
    for (name, arguments), words in _WITH_OTHER_ARGUMENTS.items():
        if count == arguments and FUNCTIONS.get(call.function) is FUNCTIONS[name]:
            return FormulaError(words, call.position)
    signature = f"{call.function}({', '.join(expected)})"
    return FormulaError(f"write {signature}; the number of arguments here is {count}", call.position)

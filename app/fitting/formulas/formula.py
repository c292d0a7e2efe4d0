"""Formulas: from a text such as `a + b * P3(c + d * x)` to a differentiable torch function.

A formula is read into a tree, checked, and compiled once into nested closures of torch operations; it is never run as
Python. What is constant in it is worked out in float64 beforehand.
"""

import math
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor

from app.fitting.formulas.functions import (
    CONSTANTS,
    FUNCTIONS,
    OPERATIONS,
    Function,
    constant_like,
    find_function,
    similar_function,
)
from app.fitting.formulas.text import FormulaError, Token, tokenize
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power, read_tree

__all__ = ["Formula", "FormulaError", "parse", "parse_function_of_x"]

MAX_DEGREE = 100
"""Highest degree of a polynomial."""
MAX_DEGREE_SUM = 1_000
"""Largest sum of the degrees of all polynomials in a formula."""
MAX_EXPONENT = 1e6
"""Largest size of a constant exponent of something that is not constant."""
MAX_FAMILY_PARAMETER = 1_000
"""Largest size of the parameters of a polynomial's family (alpha, beta, lam)."""
MAX_PARAMETERS = 100
"""Largest number of parameters in a formula."""

_Values: TypeAlias = Mapping[str, Tensor]
_Evaluator: TypeAlias = Callable[[_Values], Tensor]
_Part: TypeAlias = float | _Evaluator
"""A compiled part of a formula: a number where it is constant, a function of the names' values elsewhere."""


@dataclass(frozen=True)
class Formula:
    """A function of tensors, made by `parse`.

    `variables` are those of the given variables that it uses; `parameters` are all other names, in the order in which
    they first appear.
    """

    text: str
    variables: frozenset[str]
    parameters: tuple[str, ...]
    _compiled: _Part = field(repr=False, compare=False)

    def __call__(self, values: Mapping[str, Tensor]) -> Tensor:
        """Return the formula's values, differentiable in each of `values`: a real floating tensor by name.

        Shapes broadcast, and dtypes promote, as in torch. A formula without any name has shape () and the dtype and
        device of `values` (float64 if there are none). Raises KeyError if a name is missing.
        """
        if not isinstance(self._compiled, float):
            return self._compiled(values)
        for value in values.values():
            return constant_like(self._compiled, value)
        return torch.tensor(self._compiled, dtype=torch.float64)

    def with_numbers(self, numbers: Mapping[str, float]) -> str:
        """Return the text with each parameter replaced by its number, in as few digits as give the same float64 again.

        The text parses to a formula of the same values, if the numbers keep it within the bounds of `parse`. Raises
        KeyError if a number is missing, ValueError if one is not finite.
        """
        pieces, tokens = list(self.text), self._tokens
        for index, token in enumerate(tokens):
            if token.text in self.parameters and tokens[index + 1].text != "(":
                number = repr(float(numbers[token.text]))
                if not math.isfinite(float(number)):
                    raise ValueError(f"the number for {token.text} is not finite")
                if number.startswith("-"):
                    number = _joined_negative(number, tokens, index, pieces)
                pieces[token.position : token.position + len(token.text)] = [number, *[""] * (len(token.text) - 1)]
        return "".join(pieces)

    @cached_property
    def _tokens(self) -> list[Token]:
        return [*tokenize(self.text), Token("end", "", len(self.text))]


def parse(text: str, variables: Collection[str] = ("x",), allow_parameters: bool = True) -> Formula:
    """Read a formula in the given variables, and in parameters: every other name that is neither function nor constant.

    Raises FormulaError, which points to the place, for whatever is no formula, for a name that is no variable where
    parameters are not allowed, for a constant part without a finite value such as 1/0, and beyond the bounds of this
    module and of the modules text and tree.
    """
    return _parse(text, tuple(variables), allow_parameters)


# A request's formulas are read several times on their way: when it is checked, resolved and built.
@lru_cache(maxsize=256)
def _parse(text: str, variables: tuple[str, ...], allow_parameters: bool) -> Formula:
    return formula_of(read_tree(text), variables, text, allow_parameters)


def formula_of(tree: Node, variables: Collection[str], text: str = "", allow_parameters: bool = True) -> Formula:
    """Return the formula of a tree. Raise FormulaError as `parse` does."""
    compiler = _Compiler(variables, allow_parameters)
    compiled = compiler.compile(tree)
    return Formula(text, frozenset(compiler.used), tuple(compiler.parameters), compiled)


def parse_function_of_x(text: str) -> Formula:
    """Read a function of x: a formula in x alone, or the name of a function of one argument, `sin` for `sin(x)`.

    Raises FormulaError as `parse` does.
    """
    name = text.strip()
    function_and_arguments = find_function(name)
    if function_and_arguments and _expected(*function_and_arguments) == ("u",):
        return parse(f"{name}(x)", ("x",), allow_parameters=False)
    return parse(text, ("x",), allow_parameters=False)


def with_name_replaced(text: str, name: str, formula: str) -> str:
    """Return the text of a formula with another one, in brackets, in place of a name."""
    pieces, tokens = list(text), [*tokenize(text), Token("end", "", len(text))]
    for token, following in pairwise(tokens):
        if token.kind == "name" and token.text == name and following.text != "(":
            pieces[token.position : token.position + len(name)] = [f"({formula})", *[""] * (len(name) - 1)]
    return "".join(pieces)


def constant_value(node: Node) -> float:
    """Return the value of a part of a formula whose only names are constants. Raise FormulaError for any other name."""
    return cast(float, _Compiler((), allow_parameters=False).compile(node))


def _joined_negative(number: str, tokens: list[Token], index: int, pieces: list[str]) -> str:
    """Join a negative number to what stands around its name: into the sign before it, or in brackets of its own."""
    before = tokens[index - 1] if index else Token("operator", "(", 0)
    if tokens[index + 1].text != "**":
        if before.text in ("(", ","):
            return number
        if before.text in ("+", "-") and index > 1 and _ends_operand(tokens[index - 2]):
            pieces[before.position] = "-" if before.text == "+" else "+"
            return number.removeprefix("-")
    return f"({number})"


def _ends_operand(token: Token) -> bool:
    return token.kind in ("number", "name") or token.text == ")"


def _expected(function: Function, leading_arguments: tuple[float, ...]) -> tuple[str, ...]:
    return function.arguments[len(leading_arguments) :]


class _Compiler:
    """Turns a tree into closures and gathers the names in it."""

    def __init__(self, variables: Collection[str], allow_parameters: bool) -> None:
        self.used: set[str] = set()
        # An ordered set.
        self.parameters: dict[str, None] = {}
        self._variables = variables
        self._allow_parameters = allow_parameters
        self._degree_sum = 0

    def compile(self, node: Node) -> _Part:
        match node:
            case Number():
                return node.value
            case Name():
                return self._name(node)
            case Negative():
                return _negated(self.compile(node.operand))
            case Chain():
                return self._chain(node)
            case Power():
                return self._power(node)
            case _:
                return self._call(node)

    def _name(self, node: Name) -> _Part:
        name = node.name
        if name in self._variables:
            self.used.add(name)
        elif name in CONSTANTS:
            return CONSTANTS[name]
        elif name in FUNCTIONS:
            example = f"{name}({', '.join(FUNCTIONS[name].arguments)})"
            raise FormulaError(f"{name} is a function: write {example}, or choose another name", node.position)
        elif not self._allow_parameters:
            names = ", ".join(sorted(self._variables)) or "no name"
            raise FormulaError(f"unknown name {name!r}: only {names} can be used here", node.position)
        else:
            self.parameters[name] = None
            if len(self.parameters) > MAX_PARAMETERS:
                raise FormulaError(f"a formula has at most {MAX_PARAMETERS} parameters", node.position)
        return operator.itemgetter(name)

    def _chain(self, node: Chain) -> _Part:
        first = self.compile(node.first)
        steps: list[tuple[Callable[[Any, Any], Tensor], _Part]] = []
        for symbol, operand in node.rest:
            operation, part = OPERATIONS[symbol], self.compile(operand)
            if isinstance(first, float) and isinstance(part, float) and not steps:
                first = _folded(operation, [first, part], node.position)
            else:
                steps.append((operation, part))
        return _chained(first, steps) if steps else first

    def _power(self, node: Power) -> _Part:
        power = OPERATIONS["**"]
        base, exponent = self.compile(node.base), self.compile(node.exponent)
        if isinstance(exponent, float):
            if isinstance(base, float):
                return _folded(power, [base, exponent], node.position)
            if abs(exponent) > MAX_EXPONENT:
                raise FormulaError(f"constant exponents are at most {MAX_EXPONENT:,.0f}", node.exponent.position)
        return _chained(base, [(power, exponent)])

    def _call(self, node: Call) -> _Part:
        function_and_arguments = find_function(node.function)
        if function_and_arguments is None:
            raise self._unknown_function(node)
        function, leading_arguments = function_and_arguments
        expected = _expected(function, leading_arguments)
        if len(node.arguments) != len(expected):
            signature = f"{node.function}({', '.join(expected)})"
            raise FormulaError(
                f"write {signature}; the number of arguments here is {len(node.arguments)}", node.position
            )
        operands = [*leading_arguments, *map(self.compile, node.arguments)]
        positions = [*[node.position] * len(leading_arguments), *(argument.position for argument in node.arguments)]
        apply = function.apply
        if function.constants:
            apply = self._polynomial(function, operands, positions)
        operands = operands[function.constants :]
        numbers = [part for part in operands if isinstance(part, float)]
        if len(numbers) == len(operands):
            return _folded(apply, numbers, node.position)
        return _applied(apply, operands)

    def _polynomial(self, function: Function, parts: list[_Part], positions: list[int]) -> Callable[..., Tensor]:
        numbers: list[float] = []
        for name, part, position in zip(function.arguments[: function.constants], parts, positions, strict=False):
            if not isinstance(part, float):
                raise FormulaError(f"{name} must be a number, without variables or parameters", position)
            numbers.append(part)
        degree, *family = numbers
        if not (degree.is_integer() and 0 <= degree <= MAX_DEGREE):
            raise FormulaError(f"the degree must be a whole number from 0 to {MAX_DEGREE}", positions[0])
        for name, value, position in zip(function.arguments[1:], family, positions[1:], strict=False):
            if abs(value) > MAX_FAMILY_PARAMETER:
                raise FormulaError(f"{name} is at most {MAX_FAMILY_PARAMETER:,} here", position)
        self._degree_sum += int(degree)
        if self._degree_sum > MAX_DEGREE_SUM:
            raise FormulaError(f"the degrees add up to more than {MAX_DEGREE_SUM:,}", positions[0])
        try:
            function.apply(0, *family, torch.zeros((), dtype=torch.float64))
        except ValueError as error:
            raise FormulaError(str(error), positions[1]) from None
        return partial(function.apply, int(degree), *family)

    def _unknown_function(self, node: Call) -> FormulaError:
        name = node.function
        if name in self._variables or name in self.parameters or name in CONSTANTS:
            return FormulaError(f"{name} is not a function: to multiply, write {name} * (...)", node.position)
        similar = similar_function(name)
        hint = f": did you mean {similar}?" if similar else f"; to multiply, write {name} * (...)"
        return FormulaError(f"unknown function {name!r}{hint}", node.position)


def _folded(operation: Callable[..., Tensor], numbers: list[float], position: int) -> float:
    value = operation(*(torch.tensor(number, dtype=torch.float64, device="cpu") for number in numbers)).item()
    if not math.isfinite(value):
        raise FormulaError("this constant part has no finite value", position)
    return float(value)


def _at(part: _Part, values: _Values) -> float | Tensor:
    return part if isinstance(part, float) else part(values)


def _negated(part: _Part) -> _Part:
    return -part if isinstance(part, float) else lambda values: -part(values)


def _chained(first: _Part, steps: list[tuple[Callable[[Any, Any], Tensor], _Part]]) -> _Evaluator:
    (operation, second), *others = steps

    def evaluate(values: _Values) -> Tensor:
        result = operation(_at(first, values), _at(second, values))
        for other, part in others:
            result = other(result, _at(part, values))
        return result

    return evaluate


def _applied(apply: Callable[..., Tensor], parts: list[_Part]) -> _Evaluator:
    def evaluate(values: _Values) -> Tensor:
        arguments = [_at(part, values) for part in parts]
        like = next(argument for argument in arguments if isinstance(argument, Tensor))
        return apply(*(constant_like(a, like) if isinstance(a, float) else a for a in arguments))

    return evaluate

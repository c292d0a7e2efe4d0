"""From a formula's tree to nested closures of torch operations, with the names that it uses.

What is constant in a formula is worked out in float64 beforehand.
"""

import math
import operator
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeAlias

import torch
from torch import Tensor

from app.fitting.formulas.functions import (
    CONSTANTS,
    FUNCTIONS,
    OPERATIONS,
    Function,
    constant_like,
    find_function,
)
from app.fitting.formulas.stable_products import with_exp_erfc
from app.fitting.formulas.text import FormulaError
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power
from app.fitting.formulas.wrong_calls import unknown_function, wrong_count

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

Values: TypeAlias = Mapping[str, Tensor]
Evaluator: TypeAlias = Callable[[Values], Tensor]
Part: TypeAlias = float | Evaluator
"""A compiled part of a formula: a number where it is constant, a function of the names' values elsewhere."""


def expected_arguments(function: Function, leading_arguments: tuple[float, ...]) -> tuple[str, ...]:
    """Return the names of the arguments that a call must give, beside those that its name gives."""
    return function.arguments[len(leading_arguments) :]


class Compiler:
    """Turns a tree into closures and gathers the names in it."""

    def __init__(self, variables: Collection[str], allow_parameters: bool) -> None:
        self.used: set[str] = set()
        """Those of the variables that occur."""
        self._parameters: dict[str, int] = {}
        self._variables = variables
        self._allow_parameters = allow_parameters
        self._degree_sum = 0

    @property
    def parameters(self) -> list[str]:
        """Return all other names, in the order in which they first appear in the text."""
        return sorted(self._parameters, key=lambda name: self._parameters[name])

    def compile(self, node: Node) -> Part:
        """Return the node compiled: a number where it is constant. Raise FormulaError for what no formula may have."""
        match node:
            case Number():
                return node.value
            case Name():
                return self._name(node)
            case Negative():
                return _negated(self.compile(node.operand))
            case Chain():
                stable = with_exp_erfc(node, self._variables)
                return self._chain(node) if stable is node else self.compile(stable)
            case Power():
                return self._power(node)
            case _:
                return self._call(node)

    def _name(self, node: Name) -> Part:
        name = node.name
        if name in self._variables:
            self.used.add(name)
        elif name in CONSTANTS:
            return CONSTANTS[name]
        elif not self._allow_parameters and name in FUNCTIONS:
            example = f"{name}({', '.join(FUNCTIONS[name].arguments)})"
            raise FormulaError(f"{name} is a function: write {example}", node.position)
        elif not self._allow_parameters:
            names = ", ".join(sorted(self._variables)) or "no name"
            raise FormulaError(f"unknown name {name!r}: only {names} can be used here", node.position)
        else:
            self._parameters[name] = min(node.position, self._parameters.get(name, node.position))
            if len(self._parameters) > MAX_PARAMETERS:
                raise FormulaError(f"a formula has at most {MAX_PARAMETERS} parameters", node.position)
        return operator.itemgetter(name)

    def _chain(self, node: Chain) -> Part:
        first = self.compile(node.first)
        steps: list[tuple[Callable[[Any, Any], Tensor], Part]] = []
        for symbol, operand in node.rest:
            operation, part = OPERATIONS[symbol], self.compile(operand)
            if isinstance(first, float) and isinstance(part, float) and not steps:
                first = _folded(operation, [first, part], node.position)
            else:
                steps.append((operation, part))
        return _chained(first, steps) if steps else first

    def _power(self, node: Power) -> Part:
        power = OPERATIONS["**"]
        base, exponent = self.compile(node.base), self.compile(node.exponent)
        if isinstance(exponent, float):
            if isinstance(base, float):
                return _folded(power, [base, exponent], node.position)
            if abs(exponent) > MAX_EXPONENT:
                raise FormulaError(f"constant exponents are at most {MAX_EXPONENT:,.0f}", node.exponent.position)
        return _chained(base, [(power, exponent)])

    def _call(self, node: Call) -> Part:
        function_and_arguments = find_function(node.function)
        if function_and_arguments is None:
            raise unknown_function(node, {*self._variables, *self._parameters})
        function, leading_arguments = function_and_arguments
        expected = expected_arguments(function, leading_arguments)
        if len(node.arguments) != len(expected):
            raise wrong_count(node, expected)
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

    def _polynomial(self, function: Function, parts: list[Part], positions: list[int]) -> Callable[..., Tensor]:
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


def _folded(operation: Callable[..., Tensor], numbers: list[float], position: int) -> float:
    value = operation(*(torch.tensor(number, dtype=torch.float64, device="cpu") for number in numbers)).item()
    if not math.isfinite(value):
        raise FormulaError("this constant part has no finite value", position)
    return float(value)


def _at(part: Part, values: Values) -> float | Tensor:
    return part if isinstance(part, float) else part(values)


def _negated(part: Part) -> Part:
    return -part if isinstance(part, float) else lambda values: -part(values)


def _chained(first: Part, steps: list[tuple[Callable[[Any, Any], Tensor], Part]]) -> Evaluator:
    (operation, second), *others = steps

    def evaluate(values: Values) -> Tensor:
        result = operation(_at(first, values), _at(second, values))
        for other, part in others:
            result = other(result, _at(part, values))
        return result

    return evaluate


def _applied(apply: Callable[..., Tensor], parts: list[Part]) -> Evaluator:
    def evaluate(values: Values) -> Tensor:
        arguments = [_at(part, values) for part in parts]
        like = next(argument for argument in arguments if isinstance(argument, Tensor))
        return apply(*(constant_like(a, like) if isinstance(a, float) else a for a in arguments))

    return evaluate

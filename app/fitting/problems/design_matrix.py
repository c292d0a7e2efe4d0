"""The design matrix of a formula that is linear in its free parameters, in double-double.

Where a formula's terms are nearly dependent, as the powers of x are, the rounding of a float64 design matrix alone
costs the coefficients as many digits as its condition number has. Sums, products, quotients and whole powers of float64
numbers are therefore worked out in double-double; other functions have the accuracy of float64.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import torch

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.functions import CONSTANTS, OPERATIONS, Function, find_function
from app.fitting.formulas.linearity import affine_form
from app.fitting.formulas.parameters import Parameters
from app.fitting.formulas.stable_products import with_exp_erfc
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power
from app.fitting.numerics.double_double import DoubleDouble
from app.fitting.problems.data import Data

ELEMENTS_AT_ONCE = 2**16
"""Count of numbers that are worked on together: they stay in a processor's cache, and copies of them are small."""
_MOST_EXPONENT = 1_000
"""Largest size of the whole exponents that are worked out by products."""


@dataclass(frozen=True)
class Design:
    """The least squares problem min ||matrix p - target||, weighted; several right sides may share the matrix."""

    matrix: DoubleDouble
    """The column that each free parameter is multiplied by, times the data's factor, (points, free)."""
    target: DoubleDouble
    """The data less the formula's offset, times the data's factor, (points,) or (points, curves)."""


def design_of(formula: Formula, data: Data, parameters: Parameters) -> Design:
    """Return the design of a formula that `is_linear` in the free parameters.

    `data.y` has shape (points,), or (points, curves) where all curves share variables and factor. Entries are not
    finite where the formula isn't. Raises ValueError where the formula is not linear.
    """
    form = affine_form(formula, parameters.free, parameters.tied)
    if form is None:
        raise ValueError(f"{formula.text} is not linear in {', '.join(parameters.free)}")
    points = len(data.y)
    like = data.y.double()
    # Columns one after the other in memory: they are worked on one by one.
    matrix = DoubleDouble.of(like.new_zeros(len(parameters.free), points).T)
    target = DoubleDouble.of(torch.zeros_like(like))
    for rows in row_blocks(points, like[:1].numel()):
        block = _Block(data, rows, parameters.fixed)
        target[rows] = block.target(form.offset)
        for column, name in enumerate(parameters.free):
            if name in form.columns:
                matrix[rows, column] = block.weighted(block.value(form.columns[name]))
    return Design(matrix, target)


def row_blocks(points: int, width: int = 1) -> Iterator[slice]:
    """Return slices of the points, such that a block of them with `width` numbers each has about ELEMENTS_AT_ONCE."""
    rows = max(1, ELEMENTS_AT_ONCE // max(1, width))
    return (slice(start, start + rows) for start in range(0, points, rows))


class _Block:
    """A block of the points, at which parts of a formula are worked out."""

    def __init__(self, data: Data, rows: slice, fixed: Mapping[str, float]) -> None:
        self._y = data.y[rows].double()
        self._factor = None if data.factor is None else DoubleDouble.of(data.factor[rows])
        self._values = {name: DoubleDouble.of(numbers[rows]) for name, numbers in data.variables.items()}
        self._values |= {name: self._number(number) for name, number in fixed.items()}

    def target(self, offset: Node | None) -> DoubleDouble:
        y = DoubleDouble.of(self._y)
        return self.weighted(y if offset is None else y - _beside(self.value(offset), y))

    def weighted(self, values: DoubleDouble) -> DoubleDouble:
        return values if self._factor is None else values * _beside(self._factor, values)

    def value(self, node: Node) -> DoubleDouble:
        """Return the values (points,) of a part of the formula, 0-d where it is constant."""
        match node:
            case Number():
                return self._number(node.value)
            case Name():
                return self._values[node.name] if node.name in self._values else self._number(CONSTANTS[node.name])
            case Negative():
                return -self.value(node.operand)
            case Chain():
                stable = with_exp_erfc(node, self._values)
                return self._chain(node) if stable is node else self.value(stable)
            case Power():
                return self._power(node)
            case _:
                return self._call(node)

    def _number(self, number: float) -> DoubleDouble:
        return DoubleDouble.of(self._y.new_tensor(number))

    def _chain(self, node: Chain) -> DoubleDouble:
        result = self.value(node.first)
        for symbol, operand in node.rest:
            match symbol:
                case "+":
                    result = result + self.value(operand)
                case "-":
                    result = result - self.value(operand)
                case "*":
                    result = result * self.value(operand)
                case _:
                    result = result / self.value(operand)
        return result

    def _power(self, node: Power) -> DoubleDouble:
        base, exponent = self.value(node.base), self.value(node.exponent)
        if exponent.high.ndim == 0:
            number = float(exponent.high)
            if number.is_integer() and abs(number) <= _MOST_EXPONENT:
                return base ** int(number)
        return DoubleDouble.of(OPERATIONS["**"](base.high, exponent.high))

    def _call(self, node: Call) -> DoubleDouble:
        # A formula has been parsed: its functions exist.
        function, leading_arguments = cast("tuple[Function, tuple[float, ...]]", find_function(node.function))
        arguments = [*map(self._number, leading_arguments), *map(self.value, node.arguments)]
        numbers = [argument.high.item() for argument in arguments[: function.constants]]
        tensors = [argument.high for argument in arguments[function.constants :]]
        degree = [int(number) for number in numbers[:1]]
        return DoubleDouble.of(function.apply(*degree, *numbers[1:], *tensors))


def _beside(values: DoubleDouble, others: DoubleDouble) -> DoubleDouble:
    """Return the values (points,) in a shape that broadcasts against `others`, (points,) or (points, curves)."""
    if values.high.ndim == 1 and others.high.ndim == 2:
        return DoubleDouble(values.high[:, None], values.low[:, None])
    return values

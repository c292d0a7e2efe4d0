"""Symbols that stand for x and the parameters while a function is traced: arithmetic on them writes a formula."""

import numbers
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from numpy.lib.mixins import NDArrayOperatorsMixin

from .expressions import (
    ONE,
    ZERO,
    Condition,
    Part,
    add,
    as_number,
    both,
    call,
    either,
    multiply,
    number,
    opposite,
    where,
)
from .numpy_functions import COMPARISONS, UFUNCS

_NO_NUMBER = (
    "the function needs the values of x or of a parameter, which it has only while it is fitted: use np.exp and the "
    "like for the functions of math, and leave out float(), int(), round() and np.asarray(..., dtype=float)"
)
_NO_TRUTH = (
    "the function decides by the value of x or of a parameter: write np.where(x > c, a, b) for if and else, "
    "np.minimum and np.maximum for min and max, (a < x) & (x < b) for a < x < b, and & and | for and and or"
)
_NO_ARRAY = (
    "the function takes x or a parameter as an array: it may use arithmetic, numpy's functions of single values, and "
    "numbers, but no indices, lengths, loops or sums over points"
)

SEVERAL_ROWS = "x has several rows: the function takes them apart, as in u, v = x, and calculates with these"


class NoSuchAttributeError(AttributeError, TypeError):
    """A function asks x or a parameter for what only arrays have."""


class Symbol(NDArrayOperatorsMixin):
    """Something that has a value for each point once the function is fitted: a number or, of a comparison, a truth.

    What can't be said in a formula raises TypeError with what to write in its place.
    """

    __slots__ = ("part",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, part: Part) -> None:
        self.part = part

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Symbol":
        """Write a universal function of NumPy or SciPy into the formula."""
        if method != "__call__" or any(value is not None for value in options.values()):
            raise TypeError(f"np.{ufunc.__name__}: {_NO_ARRAY}")
        return apply(ufunc.__name__, *inputs)

    def __array_function__(self, function: Callable[..., Any], _types: Any, arguments: Any, options: Any) -> "Symbol":
        """Write another function of NumPy into the formula."""
        written = _FUNCTIONS.get(function.__name__)
        if written is None:
            raise TypeError(f"np.{function.__name__} can't be part of a formula: {_NO_ARRAY}")
        return written(*arguments, **options)

    def __getattr__(self, name: str) -> Callable[[], "Symbol"]:
        """Return a method of the name of a universal function, as NumPy asks for it of what np.asarray was given."""
        if name.startswith("_") or name not in UFUNCS:
            raise NoSuchAttributeError(f"there is no {name}: {_NO_ARRAY}")
        return lambda: apply(name, self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return the symbol as np.asarray has it, an array without axes. Raises TypeError where it asks for numbers."""
        if dtype is not None and np.dtype(dtype) != object:
            raise TypeError(_NO_NUMBER)
        array = np.empty((), dtype=object)
        array[()] = self
        return array

    def __float__(self) -> float:
        raise TypeError(_NO_NUMBER)

    def __int__(self) -> int:
        raise TypeError(_NO_NUMBER)

    def __index__(self) -> int:
        raise TypeError(_NO_NUMBER)

    def __complex__(self) -> complex:
        raise TypeError(_NO_NUMBER)

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise TypeError(_NO_NUMBER)

    def __bool__(self) -> bool:
        raise TypeError(_NO_TRUTH)

    def __len__(self) -> int:
        raise TypeError(_NO_ARRAY)

    def __iter__(self) -> NoReturn:
        raise TypeError(_NO_ARRAY)

    def __getitem__(self, index: object) -> NoReturn:
        raise TypeError(_NO_ARRAY)


_JOINED: dict[str, Callable[..., Condition]] = {
    "bitwise_and": both,
    "logical_and": both,
    "bitwise_or": either,
    "logical_or": either,
    "invert": opposite,
    "logical_not": opposite,
}
_OF_TRUTHS: dict[str, Callable[..., Condition]] = {"add": either, "multiply": both, "maximum": either, "minimum": both}
"""What arithmetic is among truths alone, as NumPy has it: the sum of two is one."""


def apply(name: str, *inputs: Any) -> Symbol:
    """Return what the universal function of that name makes of symbols and numbers. Raises TypeError."""
    if name in _JOINED:
        return Symbol(_JOINED[name](*map(_condition, inputs)))
    parts = [part_of(value) for value in inputs]
    if name in _OF_TRUTHS and all(isinstance(part, Condition) for part in parts):
        return Symbol(_OF_TRUTHS[name](*parts))
    operands = [as_number(part) for part in parts]
    if name in COMPARISONS:
        return Symbol(Condition(operands[0], COMPARISONS[name], operands[1]))
    if name in ("equal", "not_equal"):
        raise TypeError("the function compares by == or !=, which no formula can: compare by < or >")
    if name not in UFUNCS:
        raise TypeError(f"the function uses {name}, which no formula has: client.functions() lists what formulas have")
    return Symbol(UFUNCS[name](*operands))


def part_of(value: Any) -> Part:
    """Return the part of a formula that a symbol or a number is. Raises TypeError for anything else."""
    if isinstance(value, Symbol):
        return value.part
    if isinstance(value, np.ndarray | np.generic) and value.ndim == 0:
        # What np.asarray made of a symbol is an array without axes.
        return part_of(value.item())
    if isinstance(value, numbers.Real):
        return number(float(value))
    if isinstance(value, tuple) and any(isinstance(row, Symbol) for row in value):
        raise TypeError(SEVERAL_ROWS)
    if isinstance(value, np.ndarray | Sequence) and not isinstance(value, str):
        raise TypeError(f"the function has an array of numbers in it: {_NO_ARRAY}")
    raise TypeError(f"the function has a {type(value).__name__} in it: a formula has only numbers, x and parameters")


def _condition(value: Any) -> Condition:
    if isinstance(value, bool | np.bool_):
        return Condition(ONE if value else ZERO, ">", ZERO)
    part = part_of(value)
    if isinstance(part, Condition):
        return part
    raise TypeError("the function joins by & or | what is no comparison: write (x > a) & (x < b), with the brackets")


def _where(condition: Any, then: Any, otherwise: Any) -> Symbol:
    part = part_of(condition)
    # NumPy takes every number but 0 for true.
    test = part if isinstance(part, Condition) else Condition(call("abs", part), ">", ZERO)
    return Symbol(where(test, as_number(part_of(then)), as_number(part_of(otherwise))))


def _clip(value: Any, low: Any = None, high: Any = None, **options: Any) -> Symbol:
    low, high = options.pop("min", low), options.pop("max", high)
    if options:
        raise TypeError(f"np.clip: {_NO_ARRAY}")
    clipped = as_number(part_of(value))
    if low is not None:
        clipped = call("maximum", clipped, as_number(part_of(low)))
    if high is not None:
        clipped = call("minimum", clipped, as_number(part_of(high)))
    return Symbol(clipped)


def _sinc(value: Any) -> Symbol:
    return Symbol(call("sinc", as_number(part_of(value))))


def _polyval(coefficients: Sequence[Any], value: Any) -> Symbol:
    x = as_number(part_of(value))
    total = ZERO
    for place, coefficient in enumerate(coefficients):
        term = as_number(part_of(coefficient))
        total = term if place == 0 else add(multiply(total, x), term)
    return Symbol(total)


def _ones_like(_value: Any) -> Symbol:
    return Symbol(ONE)


def _zeros_like(_value: Any) -> Symbol:
    return Symbol(ZERO)


def _full_like(_value: Any, fill: Any) -> Symbol:
    return Symbol(as_number(part_of(fill)))


_FUNCTIONS: dict[str, Callable[..., Symbol]] = {
    "where": _where,
    "clip": _clip,
    "sinc": _sinc,
    "polyval": _polyval,
    "ones_like": _ones_like,
    "zeros_like": _zeros_like,
    "full_like": _full_like,
}

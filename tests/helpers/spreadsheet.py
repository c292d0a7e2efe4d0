"""A small evaluator of cell formulas by the rules of Excel.

Numbers have at most 15 digits; a leading minus binds more tightly than ^, which works from left to right; ATAN2 takes x
first; 0^0 is an error. It was compared with a real spreadsheet engine, see test_excel.py.
"""

import math
import re
from collections.abc import Callable, Mapping
from statistics import NormalDist

import mpmath

_TOKEN = re.compile(r"\s*([0-9.]+(?:E[+-]?[0-9]+)?|\$?[A-Z]+\$?[0-9]+(?![0-9(])|[A-Z][A-Z0-9]*(?=\()|[-+*/^(),<>=])")
_LEVELS: tuple[tuple[str, ...], ...] = (("<", ">", "="), ("+", "-"), ("*", "/"), ("^",))


class SpreadsheetError(ValueError):
    """An error that a cell shows as #NUM!, #DIV/0! or #NAME?."""


FUNCTIONS: dict[str, Callable[..., float]] = {
    **{name.upper(): getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh")},
    **{name.upper(): getattr(math, name) for name in ("tanh", "asinh", "acosh", "atanh", "exp", "log10", "sqrt")},
    **{name.upper(): getattr(math, name) for name in ("erf", "erfc", "gamma")},
    "ABS": abs,
    "ATAN2": lambda x, y: math.atan2(y, x),
    "BESSELJ": lambda u, n: float(mpmath.besselj(int(n), u)),
    "GAMMALN": math.lgamma,
    "INT": math.floor,
    "LN": math.log,
    "LOG": math.log,
    "MAX": max,
    "MIN": min,
    "MOD": lambda n, d: n - d * math.floor(n / d),
    "NORMSINV": NormalDist().inv_cdf,
    "PI": lambda: math.pi,
    "SIGN": lambda u: (u > 0) - (u < 0),
    "SUMSQ": lambda *numbers: sum(number * number for number in numbers),
}


def evaluate(formula: str, cells: Mapping[str, float]) -> float:
    """Return the value of a formula, from its `=` on. Raises SpreadsheetError where a cell shows an error."""
    assert formula.startswith("=")
    assert len(formula) <= 8192
    parser = _Parser(formula[1:], cells)
    value = parser.binary(0)()
    assert parser.next == ""
    return value


class _Parser:
    """A parser to functions without arguments, so that IF works out only the branch that it takes."""

    def __init__(self, text: str, cells: Mapping[str, float]) -> None:
        self.nexts = _TOKEN.findall(text)
        assert "".join(self.nexts) == text.replace(" ", "")
        self.cells = cells
        self.place = 0

    @property
    def next(self) -> str:
        return self.nexts[self.place] if self.place < len(self.nexts) else ""

    def taken(self) -> str:
        self.place += 1
        return str(self.nexts[self.place - 1])

    def binary(self, level: int) -> Callable[[], float]:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.next in _LEVELS[level] and self.next:
            left = _operated(self.taken(), left, self.binary(level + 1))
        return left

    def unary(self) -> Callable[[], float]:
        if self.next == "-":
            self.taken()
            operand = self.unary()
            return lambda: -operand()
        return self.atom()

    def atom(self) -> Callable[[], float]:
        text = self.taken()
        if text == "(":
            inner = self.binary(0)
            assert self.taken() == ")"
            return inner
        if text[0].isdigit():
            assert len(text.split("E")[0].replace(".", "").strip("0")) <= 15
            return lambda: float(text)
        if self.next == "(":
            return _called(text, self.arguments())
        return lambda: self.cells[text]

    def arguments(self) -> list[Callable[[], float]]:
        self.taken()
        operands = []
        while self.next != ")":
            operands.append(self.binary(0))
            if self.next == ",":
                self.taken()
        self.taken()
        return operands


def _operated(symbol: str, left: Callable[[], float], right: Callable[[], float]) -> Callable[[], float]:
    def value() -> float:
        a, b = left(), right()
        try:
            return {
                "+": lambda: a + b,
                "-": lambda: a - b,
                "*": lambda: a * b,
                "/": lambda: a / b,
                "^": lambda: _power(a, b),
                "<": lambda: float(a < b),
                ">": lambda: float(a > b),
                "=": lambda: float(a == b),
            }[symbol]()
        except ArithmeticError as error:
            raise SpreadsheetError from error

    return value


def _power(base: float, exponent: float) -> float:
    if base == 0 and exponent == 0:
        raise SpreadsheetError
    return math.pow(base, exponent)


def _called(name: str, arguments: list[Callable[[], float]]) -> Callable[[], float]:
    if name == "IF":
        condition, yes, no = arguments
        return lambda: yes() if condition() else no()

    def value() -> float:
        try:
            return float(FUNCTIONS[name](*(argument() for argument in arguments)))
        except (ArithmeticError, ValueError) as error:
            raise SpreadsheetError from error

    return value

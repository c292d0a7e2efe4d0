"""A fitted model as one formula of a spreadsheet cell, with the English names of functions.

In Excel a leading minus binds more tightly than a power: -A2^2 is (-A2)^2. Numbers are read with 15 digits, so those
that need more are written as a sum of two; below 1E-290, where the second may be too small, 15 digits must do.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import ClassVar

from app.fitting.exports.fitted_model import ExportError, FittedModel
from app.fitting.exports.product_form import product_form
from app.fitting.exports.recurrences import RECURRENCES
from app.fitting.exports.writer import Binding, Piece, Rule, Writer, signed, template
from app.fitting.formulas.tree import Node, read_tree

MAX_LENGTH = 8192
"""Largest number of characters in a formula of a cell."""
LARGEST, SMALLEST = 9.99999999999999e307, 2.2251e-308
"""Bounds for the size of a number in a formula of a cell."""
LAST_COLUMN, LAST_ROW = 16384, 1_048_576
"""Numbers of the last column and the last row of a sheet."""

_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_ENTRY = re.compile(r"(?:([A-Za-z][A-Za-z0-9_]*)\s*:)?\s*(\$?[A-Za-z]{1,3}\$?[0-9]{1,7})")


def _polynomial(name: str) -> Rule:
    def rule(degree: float, *arguments: float | Piece) -> Piece:
        *family, u = arguments
        form = product_form(name, int(degree), tuple(number for number in family if isinstance(number, float)))
        base = u.within(Binding.ATOM) if isinstance(u, Piece) else str(u)
        factors = [] if form.factor == 1 else [_number(form.factor).text]
        factors += [base] if form.odd else []
        factors += [f"({base}{_subtracted(root)})" for root in form.roots]
        factors += [f"({base}^2{_subtracted(square)})" for square in form.squares]
        text = "*".join(factors) or "1"
        return Piece(text, Binding.PRODUCT if len(factors) > 1 or text.startswith("-") else Binding.POWER)

    return rule


def _scaled_erfc(slot: int) -> str:
    """Return the text of exp(u^2) erfc(u) for the argument in a slot; for large u by the series DLMF 7.12.1."""
    u = f"<{slot}:atom>"
    series = "".join(f"(1-{k + 0.5}/{u}^2*" for k in range(6)) + "1" + ")" * 6
    return f"IF(<{slot}><20,EXP({u}^2)*ERFC(<{slot}>),{series}/{u}/SQRT(PI()))"


EXCEL_FUNCTIONS: Mapping[str, Rule] = {
    **{name: template(f"{name.upper()}(<0>)") for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
    **{name: template(f"{name.upper()}(<0>)") for name in ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh")},
    **{name: template(f"{name.upper()}(<0>)") for name in ("exp", "log10", "sqrt", "abs", "sign", "erf", "erfc")},
    "atan2": template("ATAN2(<1>,<0>)"),
    "erfcx": template(_scaled_erfc(0)),
    "exp_erfc": template(f"IF(<1><0,EXP(<0>)*ERFC(<1>),EXP(<0>-<1:atom>^2)*{_scaled_erfc(1)})"),
    "erfinv": template("(-SIGN(<0>)*NORMSINV((1-ABS(<0>))/2)/SQRT(2))"),
    "j0": template("BESSELJ(ABS(<0>),0)"),
    "j1": template("(SIGN(<0>)*BESSELJ(ABS(<0>),1))"),
    "expm1": template("IF(ABS(<0>)<1,2*EXP(<0:power>/2)*SINH(<0:power>/2),EXP(<0>)-1)"),
    "log": template("LN(<0>)"),
    "log1p": template("IF(ABS(<0>)<0.5,2*ATANH(<0:power>/(2+<0:power>)),LN(1+<0:power>))"),
    "log2": template("LOG(<0>,2)"),
    "cbrt": template("(SIGN(<0>)*ABS(<0>)^(1/3))"),
    "gamma": template("GAMMA(<0>)"),
    "lgamma": template(
        "IF(<0>>0,GAMMALN(ABS(<0>)),LN(PI()/ABS(SIN(PI()*<0:power>)))-GAMMALN(1+ABS(<0>)))",
    ),
    "sinc": template("IF(<0>=0,1,SIN(PI()*<0:power>)/(PI()*<0:power>))"),
    "heaviside": template("((SIGN(<0>)+1)/2)"),
    "floor": template("INT(<0>)"),
    "ceil": template("-INT(-<0:atom>)", Binding.SIGN),
    "mod": template("MOD(<0>,<1>)"),
    "minimum": template("MIN(<0>,<1>)"),
    "maximum": template("MAX(<0>,<1>)"),
    "clip": template("MIN(MAX(<0>,<1>),<2>)"),
    "where": template("IF(<0>>0,<1>,<2>)"),
    "sigmoid": template("IF(<0><0,EXP(<0>)/(1+EXP(<0>)),1/(1+EXP(-<0:atom>)))"),
    "softplus": template("(MAX(<0>,0)+2*ATANH(EXP(-ABS(<0>))/(2+EXP(-ABS(<0>)))))"),
    "hypot": template("SQRT(SUMSQ(<0>,<1>))"),
    **{name: _polynomial(name) for name in RECURRENCES},
}

MISSING = frozenset({"digamma", "lambertw", "voigt"})
"""Functions that no formula of a cell can express."""


class ExcelWriter(Writer):
    """Writes trees as formulas of a cell."""

    language = "Excel"
    functions = EXCEL_FUNCTIONS
    constants: ClassVar = {"pi": Piece("PI()"), "e": Piece("EXP(1)")}
    plus = "+"
    minus = "-"
    negated = Binding.ATOM

    def write(self, node: Node) -> Piece:
        """Return the text of a tree. Raise ExportError where it is longer than a cell can hold."""
        # Functions that repeat their argument make the text grow quickly, so every part is checked.
        piece = super().write(node)
        if len(piece.text) >= MAX_LENGTH:
            raise ExportError(
                f"the formula would have more than the {MAX_LENGTH:,} characters that a cell of Excel takes: "
                "choose another format, such as python"
            )
        return piece

    def number(self, value: float) -> Piece:
        """Write a number, or a sum of two where one number would need more than 15 digits."""
        return _number(value)

    def power(self, base: Piece, exponent: Piece) -> Piece:
        """Write a power; one with the exponent 0 as 1, since Excel has no 0^0."""
        if exponent.text == "0":
            return Piece("1")
        return Piece(f"{base.within(Binding.ATOM)}^{exponent.within(Binding.ATOM)}", Binding.POWER)


def write_excel(model: FittedModel, cells: str | None = None) -> str:
    """Return the formula, from its `=` on.

    `cells` says where the variables stand: `A2`, or `x1:A2,x2:B2`; None: in A2, B2 and so on. Raises CellsError where
    it does not name a cell for each variable, ExportError where Excel cannot express the model.
    """
    places = {name: Piece(cell) for name, cell in read_cells(cells, model.variables).items()}
    numbers = {name: _number(value) for name, value in model.parameters.items()}
    writer, tree = ExcelWriter({**numbers, **places}), read_tree(model.formula)
    try:
        return "=" + writer.write(tree).text
    except ExportError:
        # Products of exp and erfc are much shorter as they were written.
        writer.joins_exp_and_erfc = False
        return "=" + writer.write(tree).text


class CellsError(ExportError):
    """The text does not name one cell for each variable."""


def read_cells(text: str | None, variables: Sequence[str]) -> dict[str, str]:
    """Return the cell of each variable by name. Raise CellsError where the text does not name one for each."""
    if text is None:
        return {name: f"{_column(index)}2" for index, name in enumerate(variables)}
    example = ",".join(f"{name}:{_column(index)}2" for index, name in enumerate(variables))
    cells: dict[str, str] = {}
    for entry in text.split(","):
        match = _ENTRY.fullmatch(entry.strip())
        if match and _is_cell(match[2].upper()):
            # The name may be left out where there is only one.
            cells[match[1] or (variables[0] if len(variables) == 1 else "")] = match[2].upper()
    if cells.keys() != set(variables) or text.count(",") + 1 != len(variables):
        raise CellsError(f"give a cell for each variable, as in {example}")
    return cells


def _is_cell(text: str) -> bool:
    match = _CELL.fullmatch(text)
    if match is None:
        return False
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column <= LAST_COLUMN and int(match[2]) <= LAST_ROW


def _column(index: int) -> str:
    # A request has at most 20 variables.
    return chr(ord("A") + index)


def _number(value: float) -> Piece:
    if value == 0:
        return Piece("0")
    if not SMALLEST <= abs(value) <= LARGEST:
        raise ExportError(f"there is no number {value!r} in Excel: choose another format, such as python")
    if value < 0:
        return Piece(f"-{_number(-value).text}", Binding.SIGN)
    near = float(f"{value:.15g}")
    # The difference of two numbers that are so near is exact.
    rest = abs(value - near)
    if rest < SMALLEST:
        return signed(_digits(value))
    sign = 1 if value > near else -1
    digits = next(digits for digits in range(1, 16) if near + sign * float(f"{rest:.{digits}g}") == value)
    return Piece(f"({_digits(near)}{'+' if sign > 0 else '-'}{_digits(rest, digits)})")


def _subtracted(value: float) -> str:
    """Return the text that subtracts the value from what stands before it."""
    text = _number(value).text
    return f"+{text[1:]}" if text.startswith("-") else f"-{text}"


def _digits(value: float, digits: int = sys.float_info.dig) -> str:
    text = f"{value:.{digits}G}"
    return re.sub("E([+-])0*", r"E\1", text)

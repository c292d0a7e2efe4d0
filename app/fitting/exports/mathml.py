"""Formulas as presentation MathML."""

import unicodedata
from collections.abc import Collection, Mapping
from html import escape
from typing import ClassVar

from app.fitting.exports.fitted_model import FittedModel
from app.fitting.exports.mathml_functions import (
    COMMA,
    MATHML_FUNCTIONS,
    MINUS,
    TIMES,
    MathmlPiece,
    below,
    cases,
    number,
    power_of,
    row,
    upright,
)
from app.fitting.exports.symbols import Symbol, symbols_of
from app.fitting.exports.writer import Binding, Piece, Writer
from app.fitting.formulas.formula import parse
from app.fitting.formulas.tree import Call, Chain, Node, read_tree

_DOT = "<mo>\N{DOT OPERATOR}</mo>"
_LETTERS = {
    "epsilon": "\N{GREEK LUNATE EPSILON SYMBOL}",
    "varepsilon": "\N{GREEK SMALL LETTER EPSILON}",
    "phi": "\N{GREEK PHI SYMBOL}",
    "varphi": "\N{GREEK SMALL LETTER PHI}",
    "varchi": "\N{GREEK SMALL LETTER CHI}",
    "lambda": "\N{GREEK SMALL LETTER LAMDA}",
    "Lambda": "\N{GREEK CAPITAL LETTER LAMDA}",
}
"""Greek letters that Unicode calls otherwise."""


class MathmlWriter(Writer):
    """Writes trees as elements of MathML Core."""

    language = "MathML"
    joins_exp_and_erfc = False
    functions = MATHML_FUNCTIONS
    constants: ClassVar = {"pi": MathmlPiece("<mi>\N{GREEK SMALL LETTER PI}</mi>"), "e": MathmlPiece("<mi>e</mi>")}
    plus = "<mo>+</mo>"
    minus = MINUS
    sign = MINUS

    def number(self, value: float) -> Piece:
        """Write a number as in `<mn>2.5</mn>`."""
        return number(value)

    def power(self, base: Piece, exponent: Piece) -> Piece:
        """Write a power as `msup`."""
        return MathmlPiece(power_of(base.within(Binding.ATOM), row(exponent)), Binding.POWER)

    def product(self, first: Piece, rest: list[tuple[str, Piece]]) -> Piece:
        """Write the factors side by side, and the divisors below a fraction bar."""
        factors = [first, *(piece for symbol, piece in rest if symbol == "*")]
        divisors = [piece for symbol, piece in rest if symbol == "/"]
        if not divisors:
            return MathmlPiece(_factors(factors), Binding.PRODUCT)
        above, below = _factors(factors), _factors(divisors)
        is_negative = above.startswith(MINUS) and (len(factors) > 1 or first.binding > Binding.SUM)
        above = above.removeprefix(MINUS) if is_negative else above
        fraction = f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"
        return MathmlPiece(MINUS + fraction, Binding.PRODUCT) if is_negative else MathmlPiece(fraction, Binding.POWER)

    def _call(self, node: Call) -> Piece:
        match node:
            case Call(function="where", arguments=(Chain(first=left, rest=(("-", right),)), a, b)):
                return self._comparison(left, right, a, b)
        return super()._call(node)

    def _comparison(self, left: Node, right: Node, a: Node, b: Node) -> Piece:
        """Write a choice by a difference, which is what a comparison is read as, as the comparison that it is."""
        return cases(f"{row(self.write(left))}<mo>&gt;</mo>{row(self.write(right))}", self.write(a), self.write(b))


def mathml(formula: str, variables: Collection[str] = ("x",), numbers: Mapping[str, float] | None = None) -> str:
    """Return a formula as a `math` element of its own; `numbers` replace the parameters that they name.

    Names are written as people do: `b1` with a subscript, `sigma` as a Greek letter, `width` upright. Raises
    FormulaError, as `parse` does.
    """
    return _document(_elements(formula, variables, numbers))


def write_mathml(model: FittedModel) -> str:
    """Return the equation with names and, below it, with numbers, as a `math` element of its own."""
    left = _elements(model.response or "y", ("y",))
    sides = [_elements(model.formula, model.variables)]
    if model.parameters:
        sides.append(_elements(model.formula, model.variables, model.parameters))
    rows = [
        f"<mtr><mtd>{left if index == 0 else ''}</mtd><mtd><mrow><mo>=</mo>{side}</mrow></mtd></mtr>"
        for index, side in enumerate(sides)
    ]
    return _document(f"<mtable>{''.join(rows)}</mtable>") + "\n"


def _document(elements: str) -> str:
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">{elements}</math>'


def _elements(formula: str, variables: Collection[str], numbers: Mapping[str, float] | None = None) -> str:
    parsed = parse(formula, variables)
    symbols = symbols_of([*variables, *parsed.parameters])
    names = {name: MathmlPiece(_symbol_element(symbol)) for name, symbol in symbols.items()}
    writer = MathmlWriter(names | {name: number(value) for name, value in (numbers or {}).items()})
    return row(writer.write(read_tree(formula)))


def _factors(pieces: list[Piece]) -> str:
    if len(pieces) == 1:
        return pieces[0].text
    text = pieces[0].within(Binding.PRODUCT)
    for piece in pieces[1:]:
        factor = piece.bracketed if piece.text.startswith(MINUS) else piece.within(Binding.PRODUCT)
        # Two numbers side by side would read as one.
        text += (_DOT if factor.startswith(("<mn>", "<msup><mn>")) else TIMES) + factor
    return text


def _symbol_element(symbol: Symbol) -> str:
    base = _greek(symbol.base) if symbol.is_greek else f"<mi>{escape(symbol.base)}</mi>"
    words = [f"<mn>{word}</mn>" if word.isdigit() else f"<mtext>{escape(word)}</mtext>" for word in symbol.subscripts]
    return base if not words else below(base, words[0] if len(words) == 1 else f"<mrow>{COMMA.join(words)}</mrow>")


def _greek(name: str) -> str:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    letter = _LETTERS.get(name) or unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")
    return upright(letter) if case == "CAPITAL" else f"<mi>{letter}</mi>"

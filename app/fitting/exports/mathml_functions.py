"""What MathML writes for each function of formulas; only elements of MathML Core, which every browser draws."""

from collections.abc import Mapping

from app.fitting.exports.symbols import decimal_of
from app.fitting.exports.writer import Binding, Piece, Rule, template

MINUS = "<mo>\N{MINUS SIGN}</mo>"
APPLY = "<mo>\N{FUNCTION APPLICATION}</mo>"
# Without the space, two letters side by side would read as one name.
TIMES = '<mo rspace="0.167em">\N{INVISIBLE TIMES}</mo>'
COMMA = "<mo>,</mo>"


class MathmlPiece(Piece):
    """A piece of elements that stand side by side; what holds together as an atom is one element."""

    @property
    def bracketed(self) -> str:
        """Return the elements in brackets that grow with them."""
        return fenced("(", row(self), ")")


def row(piece: Piece) -> str:
    """Return a piece as one element."""
    return piece.text if piece.binding == Binding.ATOM else f"<mrow>{piece.text}</mrow>"


def fenced(opening: str, elements: str, closing: str) -> str:
    """Return one element with brackets around others."""
    return f"<mrow><mo>{opening}</mo>{elements}<mo>{closing}</mo></mrow>"


def upright(name: str) -> str:
    """Return a name that is not set in italics, as a variable of one letter is."""
    return f"<mi>{name}</mi>" if len(name) > 1 else f'<mi mathvariant="normal">{name}</mi>'


def below(base: str, index: str) -> str:
    """Return an element with an index."""
    return f"<msub>{base}{index}</msub>"


def power_of(base: str, exponent: str) -> str:
    """Return an element with an exponent."""
    return f"<msup>{base}{exponent}</msup>"


def number(value: float) -> Piece:
    """Write a number as in `<mn>2.5</mn>`, with a power of ten where it has one."""
    decimal = decimal_of(value)
    text = (MINUS if decimal.negative else "") + f"<mn>{decimal.digits}</mn>"
    if decimal.exponent is None:
        return MathmlPiece(text, Binding.SIGN if decimal.negative else Binding.ATOM)
    exponent = f"<mn>{decimal.exponent.removeprefix('-')}</mn>"
    exponent = f"<mrow>{MINUS}{exponent}</mrow>" if decimal.exponent.startswith("-") else exponent
    return MathmlPiece(f"{text}<mo>\N{MULTIPLICATION SIGN}</mo>{power_of('<mn>10</mn>', exponent)}", Binding.PRODUCT)


def cases(condition: str, a: Piece, b: Piece) -> Piece:
    """Write a choice: `a` where the condition holds, `b` elsewhere."""
    table = _case(row(a), f"<mtext>if\N{NO-BREAK SPACE}</mtext>{condition}") + _case(row(b), "<mtext>otherwise</mtext>")
    return MathmlPiece(f"<mrow><mo>{{</mo><mtable>{table}</mtable></mrow>", Binding.SUM)


def _case(value: str, condition: str) -> str:
    return f"<mtr><mtd>{value}</mtd><mtd><mrow>{condition}</mrow></mtd></mtr>"


def _in_brackets(*arguments: Piece) -> str:
    return fenced("(", COMMA.join(map(row, arguments)), ")")


def _applied(head: str) -> Rule:
    return lambda *arguments: MathmlPiece(head + APPLY + _in_brackets(*arguments), Binding.POWER)


def _between(opening: str, closing: str) -> Rule:
    return lambda u: MathmlPiece(fenced(opening, row(u), closing))


def _polynomial(letter: str) -> Rule:
    def rule(degree: float, *arguments: float | Piece) -> Piece:
        *family, u = (number(argument) if isinstance(argument, float) else argument for argument in arguments)
        name, index = f"<mi>{letter}</mi>", f"<mn>{degree:.0f}</mn>"
        head = f"<msubsup>{name}{index}{_in_brackets(*family)}</msubsup>" if family else below(name, index)
        return MathmlPiece(head + APPLY + _in_brackets(u), Binding.POWER)

    return rule


def _clip(u: Piece, low: Piece, high: Piece) -> Piece:
    return MATHML_FUNCTIONS["minimum"](MATHML_FUNCTIONS["maximum"](u, low), high)


_OF = f"{APPLY}<mrow><mo>(</mo><mrow><0></mrow><mo>)</mo></mrow>"
"""The brackets after the name of a function of one argument."""
_EXP = f"{upright('exp')}{_OF}"
_LN = f"{upright('ln')}{APPLY}"
_GAMMA = upright("\N{GREEK CAPITAL LETTER GAMMA}")
_ONE_PLUS = "<mn>1</mn><mo>+</mo>"
_SQUARE = "<mn>2</mn>"

MATHML_FUNCTIONS: Mapping[str, Rule] = {
    **{name: _applied(upright(name)) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp")},
    **{f"a{name}": _applied(upright(f"arc{name}")) for name in ("sin", "cos", "tan")},
    **{f"a{name}": _applied(upright(f"ar{name}")) for name in ("sinh", "cosh", "tanh")},
    **{name: _applied(upright(name)) for name in ("atan2", "erf", "erfc", "erfcx", "sinc")},
    "exp_erfc": template(_EXP + TIMES + upright("erfc") + _OF.replace("<0>", "<1>"), Binding.PRODUCT),
    "erfinv": _applied(power_of(upright("erf"), f"<mrow>{MINUS}<mn>1</mn></mrow>")),
    "j0": _applied(below("<mi>J</mi>", "<mn>0</mn>")),
    "j1": _applied(below("<mi>J</mi>", "<mn>1</mn>")),
    "lambertw": _applied(below("<mi>W</mi>", "<mn>0</mn>")),
    "expm1": template(f"{_EXP}{MINUS}<mn>1</mn>", Binding.SUM),
    "log": _applied(upright("ln")),
    "log1p": template(_LN + fenced("(", "<mrow><0><mo>+</mo><mn>1</mn></mrow>", ")"), Binding.POWER),
    "log2": _applied(below(upright("log"), "<mn>2</mn>")),
    "log10": _applied(below(upright("log"), "<mn>10</mn>")),
    "sqrt": template("<msqrt><mrow><0></mrow></msqrt>"),
    "cbrt": template("<mroot><mrow><0></mrow><mn>3</mn></mroot>"),
    "abs": _between("|", "|"),
    "sign": _applied(upright("sgn")),
    "gamma": _applied(_GAMMA),
    "lgamma": template(_LN + fenced("|", f"<mrow>{_GAMMA}{_OF}</mrow>", "|"), Binding.POWER),
    "digamma": _applied("<mi>\N{GREEK SMALL LETTER PSI}</mi>"),
    "heaviside": _applied(upright("\N{GREEK CAPITAL LETTER THETA}")),
    "floor": _between("\N{LEFT FLOOR}", "\N{RIGHT FLOOR}"),
    "ceil": _between("\N{LEFT CEILING}", "\N{RIGHT CEILING}"),
    "mod": template(fenced("(", "<mrow><0:product><mo>mod</mo><1:power></mrow>", ")")),
    "minimum": _applied(upright("min")),
    "maximum": _applied(upright("max")),
    "clip": _clip,
    "where": lambda u, a, b: cases(f"{row(u)}<mo>&gt;</mo><mn>0</mn>", a, b),
    "sigmoid": template(
        f"<mfrac><mn>1</mn><mrow>{_ONE_PLUS}{_EXP.replace('<0>', f'{MINUS}<0:power>')}</mrow></mfrac>", Binding.POWER
    ),
    "softplus": template(_LN + fenced("(", f"<mrow>{_ONE_PLUS}{_EXP}</mrow>", ")"), Binding.POWER),
    "hypot": template(f"<msqrt>{power_of('<0:atom>', _SQUARE)}<mo>+</mo>{power_of('<1:atom>', _SQUARE)}</msqrt>"),
    "voigt": template(
        f"<mi>V</mi>{APPLY}" + fenced("(", f"<mrow><0></mrow><mo>;</mo><mrow><1></mrow>{COMMA}<mrow><2></mrow>", ")"),
        Binding.POWER,
    ),
    "legendre": _polynomial("P"),
    "chebyshev_t": _polynomial("T"),
    "chebyshev_u": _polynomial("U"),
    "gegenbauer": _polynomial("C"),
    "jacobi": _polynomial("P"),
    "hermite": _polynomial("H"),
    "hermite_e": _polynomial("He"),
    "laguerre": _polynomial("L"),
    "generalized_laguerre": _polynomial("L"),
}

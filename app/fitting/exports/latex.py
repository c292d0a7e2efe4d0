"""Formulas as LaTeX; `\\operatorname`, `cases` and `align*` come from the package amsmath."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from app.fitting.exports.fitted_model import FittedModel
from app.fitting.exports.symbols import Symbol, decimal_of, symbols_of
from app.fitting.exports.writer import Binding, Piece, Rule, Writer, template
from app.fitting.formulas.formula import parse
from app.fitting.formulas.tree import read_tree


class LatexPiece(Piece):
    """A piece whose brackets grow with what is in them."""

    @property
    def bracketed(self) -> str:
        r"""Return the text in `\left( \right)`."""
        return rf"\left({self.text}\right)"


def _applied(name: str) -> Rule:
    def rule(*arguments: Piece) -> Piece:
        return LatexPiece(rf"{name}\left({', '.join(argument.text for argument in arguments)}\right)", Binding.POWER)

    return rule


def _polynomial(letter: str) -> Rule:
    def rule(degree: float, *arguments: float | Piece) -> Piece:
        *family, u = arguments
        shape = ", ".join(_number_text(number) for number in family if isinstance(number, float))
        upper = rf"^{{\left({shape}\right)}}" if shape else ""
        text = u.text if isinstance(u, Piece) else str(u)
        return LatexPiece(rf"{letter}_{{{degree:.0f}}}{upper}\left({text}\right)", Binding.POWER)

    return rule


LATEX_FUNCTIONS: Mapping[str, Rule] = {
    **{name: _applied(rf"\{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp")},
    **{f"a{name}": _applied(rf"\arc{name}") for name in ("sin", "cos", "tan")},
    **{f"a{name}": _applied(rf"\operatorname{{ar{name}}}") for name in ("sinh", "cosh", "tanh")},
    **{name: _applied(rf"\operatorname{{{name}}}") for name in ("atan2", "erf", "erfc", "erfcx", "sinc")},
    "exp_erfc": template(r"\exp\left(<0>\right)\,\operatorname{erfc}\left(<1>\right)", Binding.PRODUCT),
    "erfinv": _applied(r"\operatorname{erf}^{-1}"),
    "j0": _applied("J_{0}"),
    "j1": _applied("J_{1}"),
    "lambertw": _applied("W_{0}"),
    "expm1": template(r"\exp\left(<0>\right) - 1", Binding.SUM),
    "log": _applied(r"\ln"),
    "log1p": template(r"\ln\left(<0> + 1\right)", Binding.POWER),
    "log2": _applied(r"\log_{2}"),
    "log10": _applied(r"\log_{10}"),
    "sqrt": template(r"\sqrt{<0>}"),
    "cbrt": template(r"\sqrt[3]{<0>}"),
    "abs": template(r"\left|<0>\right|"),
    "sign": _applied(r"\operatorname{sgn}"),
    "gamma": _applied(r"\Gamma"),
    "lgamma": template(r"\ln\left|\Gamma\left(<0>\right)\right|", Binding.POWER),
    "digamma": _applied(r"\psi"),
    "heaviside": _applied(r"\Theta"),
    "floor": template(r"\left\lfloor <0> \right\rfloor"),
    "ceil": template(r"\left\lceil <0> \right\rceil"),
    "mod": template(r"\left(<0:product> \bmod <1:power>\right)"),
    "minimum": _applied(r"\min"),
    "maximum": _applied(r"\max"),
    "clip": template(r"\min\left(\max\left(<0>, <1>\right), <2>\right)", Binding.POWER),
    "where": template(r"\begin{cases} <1> & \text{if } <0> > 0 \\ <2> & \text{otherwise} \end{cases}", Binding.SUM),
    "sigmoid": template(r"\frac{1}{1 + \exp\left(-<0:power>\right)}", Binding.POWER),
    "softplus": template(r"\ln\left(1 + \exp\left(<0>\right)\right)", Binding.POWER),
    "hypot": template(r"\sqrt{<0:atom>^{2} + <1:atom>^{2}}"),
    "voigt": template(r"V\left(<0>; <1>, <2>\right)", Binding.POWER),
    "legendre": _polynomial("P"),
    "chebyshev_t": _polynomial("T"),
    "chebyshev_u": _polynomial("U"),
    "gegenbauer": _polynomial("C"),
    "jacobi": _polynomial("P"),
    "hermite": _polynomial("H"),
    "hermite_e": _polynomial(r"\mathit{He}"),
    "laguerre": _polynomial("L"),
    "generalized_laguerre": _polynomial("L"),
}


class LatexWriter(Writer):
    """Writes trees as LaTeX for mathematics mode."""

    language = "LaTeX"
    joins_exp_and_erfc = False
    functions = LATEX_FUNCTIONS
    constants: ClassVar = {"pi": LatexPiece(r"\pi"), "e": LatexPiece("e")}

    def number(self, value: float) -> Piece:
        r"""Write a number as in `2.5` or `1 \times 10^{-5}`."""
        text = _number_text(value)
        if "times" in text:
            return LatexPiece(text, Binding.PRODUCT)
        return LatexPiece(text, Binding.SIGN if text.startswith("-") else Binding.ATOM)

    def power(self, base: Piece, exponent: Piece) -> Piece:
        """Write a power as in `x^{2}`."""
        return LatexPiece(f"{base.within(Binding.ATOM)}^{{{exponent.text}}}", Binding.POWER)

    def product(self, first: Piece, rest: list[tuple[str, Piece]]) -> Piece:
        """Write the factors side by side, and the divisors below a fraction bar."""
        factors = [first, *(piece for symbol, piece in rest if symbol == "*")]
        divisors = [piece for symbol, piece in rest if symbol == "/"]
        if not divisors:
            return LatexPiece(_factors(factors), Binding.PRODUCT)
        above, below = _factors(factors), _factors(divisors)
        if above.startswith("-") and (len(factors) > 1 or first.binding > Binding.SUM):
            return LatexPiece(rf"-\frac{{{above[1:]}}}{{{below}}}", Binding.PRODUCT)
        return LatexPiece(rf"\frac{{{above}}}{{{below}}}", Binding.POWER)


def latex(formula: str, variables: Collection[str] = ("x",), numbers: Mapping[str, float] | None = None) -> str:
    """Return a formula in LaTeX, for mathematics mode; `numbers` replace the parameters that they name.

    Names are written as people do: `b1` with a subscript, `sigma` as a Greek letter, `width` upright. Raises
    FormulaError, as `parse` does.
    """
    parsed = parse(formula, variables)
    symbols = {
        name: LatexPiece(_symbol_text(symbol)) for name, symbol in symbols_of([*variables, *parsed.parameters]).items()
    }
    writer = LatexWriter(symbols)
    writer.names = symbols | {name: writer.number(value) for name, value in (numbers or {}).items()}
    return writer.write(read_tree(formula)).text


def write_latex(model: FittedModel) -> str:
    """Return the equation with names and with numbers, as an `align*` of amsmath."""
    left = latex(model.response or "y", ("y",))
    lines = [rf"{left} &= {latex(model.formula, model.variables)}"]
    if model.parameters:
        lines.append(f"  &= {latex(model.formula, model.variables, model.parameters)}")
    equation = " \\\\\n".join(lines)
    return f"% {model.title}\n\\begin{{align*}}\n{equation}\n\\end{{align*}}\n"


def _factors(pieces: list[Piece]) -> str:
    if len(pieces) == 1:
        return pieces[0].text
    text = pieces[0].within(Binding.PRODUCT)
    for piece in pieces[1:]:
        factor = piece.bracketed if piece.text.startswith("-") else piece.within(Binding.PRODUCT)
        # Two numbers side by side would read as one.
        text += (r" \cdot " if factor[0].isdigit() else r"\,") + factor
    return text


def _number_text(value: float) -> str:
    number = decimal_of(value)
    digits = f"-{number.digits}" if number.negative else number.digits
    return digits if number.exponent is None else rf"{digits} \times 10^{{{number.exponent}}}"


def _symbol_text(symbol: Symbol) -> str:
    base = rf"\{symbol.base}" if symbol.is_greek else _upright(symbol.base)
    lower = ",".join(word if word.isdigit() else _upright(word) for word in symbol.subscripts)
    return f"{base}_{{{lower}}}" if lower else base


def _upright(word: str) -> str:
    escaped = word.replace("_", r"\_")
    return word if len(word) == 1 else rf"\mathrm{{{escaped}}}"

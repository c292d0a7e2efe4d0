"""Formulas in LaTeX."""

import pytest

from app.fitting.exports import FittedModel, latex, write_latex
from app.fitting.exports.latex import LATEX_FUNCTIONS
from app.fitting.formulas.functions import FUNCTIONS
from tests.helpers.exported_models import CASES, model_of


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("a + b * P3(c + d * x)", r"a + b\,P_{3}\left(c + d\,x\right)"),
        ("a*(b*x)/c", r"\frac{a\,b\,x}{c}"),
        ("-x/3", r"-\frac{x}{3}"),
        ("(a - x)/b", r"\frac{a - x}{b}"),
        ("(x - a)^2/(2*b^2)", r"\frac{\left(x - a\right)^{2}}{2\,b^{2}}"),
        ("-x^2", "-x^{2}"),
        ("(-x)^2", r"\left(-x\right)^{2}"),
        ("(x/a)^2", r"\left(\frac{x}{a}\right)^{2}"),
        ("x^a^2", "x^{a^{2}}"),
        ("(x^a)^2", r"\left(x^{a}\right)^{2}"),
        ("sin(x)^2", r"\left(\sin\left(x\right)\right)^{2}"),
        ("a - (b - x)", r"a - \left(b - x\right)"),
        ("a*(b - x)", r"a\,\left(b - x\right)"),
        ("x*-a", r"x\,\left(-a\right)"),
        ("a/(b/x)", r"\frac{a}{\frac{b}{x}}"),
        ("2*3^x*4", r"2 \cdot 3^{x} \cdot 4"),
        ("1e-7*x + 2.5e22", r"1 \times 10^{-7}\,x + 2.5 \times 10^{22}"),
        ("sqrt(x) + cbrt(x) + abs(x)", r"\sqrt{x} + \sqrt[3]{x} + \left|x\right|"),
        ("ln(x) + log2(x)", r"\ln\left(x\right) + \log_{2}\left(x\right)"),
        ("asin(x) + atanh(x)", r"\arcsin\left(x\right) + \operatorname{artanh}\left(x\right)"),
        ("jacobi(3, 0.5, 1, x)", r"P_{3}^{\left(0.5, 1\right)}\left(x\right)"),
        ("He4(x)", r"\mathit{He}_{4}\left(x\right)"),
        ("a*where(x, 1, 2)", r"a\,\left(\begin{cases} 1 & \text{if } x > 0 \\ 2 & \text{otherwise} \end{cases}\right)"),
        ("sigmoid((x - a)/b)", r"\frac{1}{1 + \exp\left(-\frac{x - a}{b}\right)}"),
        ("exp(x)*erfc(x)", r"\exp\left(x\right)\,\operatorname{erfc}\left(x\right)"),
        ("a*exp_erfc(x, a)", r"a\,\exp\left(x\right)\,\operatorname{erfc}\left(a\right)"),
        ("j1(x) + erfinv(x)", r"J_{1}\left(x\right) + \operatorname{erf}^{-1}\left(x\right)"),
        ("pi*e", r"\pi\,e"),
    ],
)
def test_formulas(formula: str, written: str) -> None:
    assert latex(formula) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a", "a"),
        ("b1", "b_{1}"),
        ("b_1", "b_{1}"),
        ("sigma", r"\sigma"),
        ("lambda_", r"\lambda"),
        ("Omega2", r"\Omega_{2}"),
        ("tau_on", r"\tau_{\mathrm{on}}"),
        ("k_cat_2", r"k_{\mathrm{cat},2}"),
        ("width", r"\mathrm{width}"),
        ("center1", r"\mathrm{center}_{1}"),
        ("half_width", r"\mathrm{half\_width}"),
        ("a1b", r"\mathrm{a1b}"),
    ],
)
def test_names(name: str, written: str) -> None:
    assert latex(name) == written


def test_names_that_would_look_the_same_are_written_out() -> None:
    assert latex("b1 + b_1 + b2") == r"\mathrm{b1} + \mathrm{b\_1} + b_{2}"


def test_numbers_stand_in_place_of_the_parameters_with_their_signs_joined() -> None:
    assert latex("a + b*x - c*x^2", numbers={"a": -1.0, "b": -2.5, "c": -0.1}) == r"-1 - 2.5\,x + 0.1\,x^{2}"
    assert latex("(a)^2/b", numbers={"a": -1.5, "b": 1e-9}) == r"\frac{\left(-1.5\right)^{2}}{1 \times 10^{-9}}"


def test_every_function_can_be_written() -> None:
    assert {FUNCTIONS[name] for name in LATEX_FUNCTIONS} == set(FUNCTIONS.values())


@pytest.mark.parametrize("name", CASES)
def test_brackets_and_braces_close(name: str) -> None:
    model = CASES[name].model
    written = latex(model.formula, model.variables)
    assert written.count("{") == written.count("}")
    assert written.count(r"\left") == written.count(r"\right")


def test_an_export_has_the_equation_with_names_and_with_numbers() -> None:
    model = FittedModel("fit_1", "a*x", ("x",), {"a": 0.30000000000000004}, {}, "log(y)")
    assert write_latex(model) == (
        "% fit_1\n\\begin{align*}\n\\ln\\left(y\\right) &= a\\,x \\\\\n  &= 0.30000000000000004\\,x\n\\end{align*}\n"
    )


def test_an_equation_without_parameters_stands_once() -> None:
    assert write_latex(model_of("x")).count("&=") == 1

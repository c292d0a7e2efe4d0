"""Formulas in MathML."""

import unicodedata
from xml.etree import ElementTree

import pytest

from app.fitting.exports import FittedModel, mathml, write_mathml
from app.fitting.exports.mathml_functions import MATHML_FUNCTIONS
from app.fitting.formulas.functions import FUNCTIONS
from tests.helpers.exported_models import CASES, call_of

_SPACE = "{http://www.w3.org/1998/Math/MathML}"
_CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot", "mtable"} | {
    "mtr",
    "mtd",
}
_CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "mroot": 2, "msqrt": 1}

_SIGNS = {
    "FUNCTION APPLICATION": "",
    "INVISIBLE TIMES": ".",
    "DOT OPERATOR": "*",
    "MINUS SIGN": "-",
    "MULTIPLICATION SIGN": "x",
    "NO-BREAK SPACE": " ",
}


def read(text: str) -> ElementTree.Element:
    """Return the root of a MathML document, whose elements have as many children as MathML Core gives them."""
    root = ElementTree.fromstring(text)  # noqa: S314 - our own text
    for element in root.iter():
        name = element.tag.removeprefix(_SPACE)
        assert name in _CORE
        assert name == "msqrt" or len(element) == _CHILDREN.get(name, len(element)), ElementTree.tostring(element)
    return root


def plain(text: str) -> str:
    """Return the elements in short: `a/b` for a fraction, `a^b`, `a_b` and `root(a)`, letters as they are."""
    return _plain(read(text))


def _plain(element: ElementTree.Element) -> str:
    parts = [_plain(child) for child in element]
    match element.tag.removeprefix(_SPACE):
        case "mfrac":
            return f"[{parts[0]}]/[{parts[1]}]"
        case "msup":
            return f"{parts[0]}^{{{parts[1]}}}"
        case "msub":
            return f"{parts[0]}_{{{parts[1]}}}"
        case "msubsup":
            return f"{parts[0]}_{{{parts[1]}}}^{{{parts[2]}}}"
        case "msqrt":
            return f"root{{{''.join(parts)}}}"
        case "mroot":
            return f"root{parts[1]}{{{parts[0]}}}"
        case "mtr":
            return " ".join(parts) + ";"
    text = "".join([element.text or "", *parts])
    return "".join(map(_ascii, text))


def _ascii(character: str) -> str:
    """Return a character, or what stands for it here: a Greek letter's name, in capitals if it is one."""
    name = unicodedata.name(character)
    if name.startswith("GREEK"):
        return name.split()[-1] if "CAPITAL" in name else name.split()[-1].lower()
    return _SIGNS.get(name, character)


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("a + b * P3(c + d * x)", "a+b.P_{3}(c+d.x)"),
        ("a*(b*x)/c", "[a.b.x]/[c]"),
        ("-x/3", "-[x]/[3]"),
        ("(a - x)/b", "[a-x]/[b]"),
        ("-x^2", "-x^{2}"),
        ("(-x)^2", "(-x)^{2}"),
        ("(x/a)^2", "([x]/[a])^{2}"),
        ("x^a^2", "x^{a^{2}}"),
        ("(x^a)^2", "(x^{a})^{2}"),
        ("a - (b - x)", "a-(b-x)"),
        ("x*-a", "x.(-a)"),
        ("2*3^x*4", "2*3^{x}*4"),
        ("1e-7*x + 2.5e22", "1x10^{-7}.x+2.5x10^{22}"),
        ("sqrt(x + 1) + cbrt(x) + abs(x)", "root{x+1}+root3{x}+|x|"),
        ("ln(x) + log2(x)", "ln(x)+log_{2}(x)"),
        ("jacobi(3, -0.5, 1, x)", "P_{3}^{(-0.5,1)}(x)"),
        ("sigmoid(-x)", "[1]/[1+exp(-(-x))]"),
        ("exp_erfc(x, a)", "exp(x).erfc(a)"),
        ("pi*e^x", "pi.e^{x}"),
    ],
)
def test_formulas(formula: str, written: str) -> None:
    assert plain(mathml(formula)) == written


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("where(x, 1, 2)", "{1 if x>0;2 otherwise;"),
        ("where(x > a, 1, 2)", "{1 if x>a;2 otherwise;"),
        ("where(x <= a - b, 1, 2)", "{2 if x>a-b;1 otherwise;"),
    ],
)
def test_a_choice_has_its_condition_as_a_comparison(formula: str, written: str) -> None:
    assert plain(mathml(formula)) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a", "a"),
        ("b_1", "b_{1}"),
        ("alpha", "alpha"),
        ("lambda_", "lamda"),
        ("Omega2", "OMEGA_{2}"),
        ("k_cat_2", "k_{cat,2}"),
        ("half_width", "half_width"),
    ],
)
def test_names(name: str, written: str) -> None:
    assert plain(mathml(name)) == written


def test_numbers_stand_in_place_of_the_parameters_with_their_signs_joined() -> None:
    assert plain(mathml("a + b*x - c*x^2", numbers={"a": -1.0, "b": -2.5, "c": -0.1})) == "-1-2.5.x+0.1.x^{2}"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_written_in_elements_that_browsers_draw(name: str) -> None:
    assert "x" in plain(mathml(f"a*{call_of(name)}^2"))


def test_every_function_has_a_rule_of_its_own() -> None:
    assert {FUNCTIONS[name] for name in MATHML_FUNCTIONS} == set(FUNCTIONS.values())


@pytest.mark.parametrize("name", CASES)
def test_an_export_has_the_equation_with_names_and_with_numbers(name: str) -> None:
    written = plain(write_mathml(CASES[name].model))
    assert written.count("=") == 1 + bool(CASES[name].model.parameters)


def test_a_response_stands_on_the_left() -> None:
    model = FittedModel("fit_1", "a*x", ("x",), {"a": -0.5}, {}, "log(y)")
    assert plain(write_mathml(model)) == "ln(y) =a.x; =-0.5.x;"

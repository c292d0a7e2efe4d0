"""Excel exports: one cell formula that computes what ours does, by the rules of a spreadsheet."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fitting.exports import CellsError, ExportError, write_excel
from app.fitting.exports.excel import EXCEL_FUNCTIONS, MAX_LENGTH, MISSING
from app.fitting.formulas.functions import FUNCTIONS
from app.fitting.library import MODELS, resolve_model
from tests.helpers.exported_models import CASES, Case, call_of, model_of, one_variable
from tests.helpers.formula_texts import texts
from tests.helpers.library_truths import TRUTHS
from tests.helpers.spreadsheet import evaluate

# Worked out with the Python package `formulas` 1.3.4, https://pypi.org/project/formulas/, for A2 = 3. It gave the
# values of all our cases too, to 1e-12, when this was written.
BY_FORMULAS = {
    "=-A2^2": 9.0,
    "=1-A2^2": -8.0,
    "=2^3^2": 64.0,
    "=-2^-2": 0.25,
    "=-A2^2*3+1": 28.0,
    "=-(A2^2)": -9.0,
    "=12/A2*2": 8.0,
    "=ATAN2(1,A2)": 1.2490457723982544,
    "=LOG(A2,2)": 1.5849625007211563,
    "=IF(A2>1,A2,-A2)": 3.0,
    "=1E+2*A2-1.5E-1": 299.85,
}


@pytest.mark.parametrize(("formula", "value"), BY_FORMULAS.items())
def test_the_spreadsheet_of_these_tests_works_as_a_real_one(formula: str, value: float) -> None:
    assert evaluate(formula, {"A2": 3.0}) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("name", [name for name in CASES if name not in MISSING])
def test_the_cell_computes_what_the_formula_does(name: str) -> None:
    case = CASES[name]
    formula = write_excel(case.model)
    case.check([evaluate(formula, dict(zip(("A2", "B2"), point, strict=False))) for point in case.points])


def test_every_function_can_be_written_or_is_named_as_missing() -> None:
    assert {FUNCTIONS[name] for name in [*EXCEL_FUNCTIONS, *MISSING]} == set(FUNCTIONS.values())
    assert not MISSING & EXCEL_FUNCTIONS.keys()


@pytest.mark.parametrize("name", sorted(MISSING))
def test_a_missing_function_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(
        ExportError, match=f"^there is no function {name} in Excel: choose another format, such as python"
    ):
        write_excel(model_of(f"a * {call_of(name)}", a=1.0))


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("-x^2", "=-(A2^2)"),
        ("-a*x^2", "=1.5*A2^2"),
        ("-(x*3)", "=-(A2*3)"),
        ("x - a*x", "=A2+1.5*A2"),
        ("(-x)^2", "=(-A2)^2"),
        ("x^-2", "=A2^(-2)"),
        ("2^3^x", "=2^(3^A2)"),
        ("P3(x)", "=2.5*A2*(A2^2-0.6)"),
        ("P2(x + 1)", "=1.5*((A2+1)^2-(0.333333333333333+3.3E-16))"),
        ("L1(x)^2", "=(-1*(A2-1))^2"),
        ("x^zero", "=1"),
        ("1e22*x + 1e-7", "=1E+22*A2+1E-7"),
        ("maximum(x, 1e-300)", "=MAX(A2,1E-300)"),
    ],
)
def test_formulas_as_a_spreadsheet_reads_them(formula: str, written: str) -> None:
    assert write_excel(model_of(formula, a=-1.5, zero=0.0)) == written


@settings(max_examples=100, derandomize=True)
@given(
    texts(st.sampled_from(["1.5", "2", "x", "a", "b", "sin(a)", "P3(b)", "H2(x)"])), st.floats(-3, 3), st.floats(1, 3)
)
def test_any_formula_keeps_its_value(text: str, a: float, x: float) -> None:
    case = one_variable(f"{text} + 0*x", (x,), a=a, b=-2.5)
    try:
        formula, (expected,) = write_excel(case.model), case.expected().tolist()
        computed = evaluate(formula, {"A2": x})
    except ValueError:
        # Some part has no value, or is too large.
        return
    if math.isfinite(expected) and abs(expected) < 1e12:
        assert computed == pytest.approx(expected, rel=1e-7, abs=1e-7)


@settings(max_examples=100)
@given(st.floats(1e-290, 9e307) | st.floats(-9e307, -1e-290))
def test_numbers_come_back_exactly_though_a_cell_reads_15_digits(number: float) -> None:
    assert evaluate(write_excel(model_of("a", a=number)), {}) == number


@settings(max_examples=100)
@given(st.floats(2.3e-308, 1e-290))
def test_very_small_numbers_come_back_with_15_digits(number: float) -> None:
    assert evaluate(write_excel(model_of("a", a=number)), {}) == pytest.approx(number, rel=5e-15, abs=0)


@pytest.mark.parametrize("number", [1e-310, 1e308])
def test_numbers_that_a_cell_does_not_take_are_refused(number: float) -> None:
    with pytest.raises(ExportError, match=r"there is no number .* in Excel: choose another format"):
        write_excel(model_of("a * x", a=number))


@pytest.mark.parametrize("name", [name for name in MODELS if name != "voigt"])
def test_models_of_the_library_can_be_written(name: str) -> None:
    options, columns, truth = TRUTHS[name]
    formula = resolve_model(name, options, tuple(columns)).formula
    points = tuple(zip(*(column[::7].tolist() for column in columns.values()), strict=True))
    case = Case(model_of(formula, tuple(columns), **{key: value * 1.1 for key, value in truth.items()}), points)
    written = write_excel(case.model)
    case.check([evaluate(written, dict(zip(("A2", "B2"), point, strict=False))) for point in points])


@pytest.mark.parametrize(
    "formula",
    [
        " + ".join(f"P{k}(x)" for k in range(1, 40)),
        "sinc(" * 40 + "x" + ")" * 40,
        f"sinc(sinc({' + '.join(f'sin({k}.1234567890123456*x)' for k in range(60))}))",
    ],
)
def test_a_formula_that_is_too_long_for_a_cell_is_refused(formula: str) -> None:
    with pytest.raises(ExportError, match=f"more than the {MAX_LENGTH:,} characters"):
        write_excel(model_of(formula))


def test_products_of_exp_and_erfc_too_long_for_a_cell_are_written_as_they_are() -> None:
    products = [f"exp((x - {k}.1234567890123456)^2)*erfc(x - {k}.1234567890123456)" for k in range(20)]
    assert "IF(" in write_excel(model_of(products[0]))
    case = one_variable(" + ".join(products), (19.5,))
    written = write_excel(case.model)
    assert "IF(" not in written
    case.check([evaluate(written, {"A2": 19.5})])


@pytest.mark.parametrize(
    ("cells", "variables", "written"),
    [
        (None, ("x",), "=A2"),
        ("C7", ("x",), "=C7"),
        ("$a$2", ("x",), "=$A$2"),
        ("x:XFD1048576", ("x",), "=XFD1048576"),
        (None, ("u", "v"), "=A2+B2"),
        ("v:C1, u:D1", ("u", "v"), "=D1+C1"),
    ],
)
def test_cells_of_the_variables(cells: str | None, variables: tuple[str, ...], written: str) -> None:
    assert write_excel(model_of(" + ".join(variables), variables), cells) == written


@pytest.mark.parametrize(
    ("cells", "variables"),
    [
        ("", ("x",)),
        ("x", ("x",)),
        ("A0", ("x",)),
        ("XFE1", ("x",)),
        ("A1048577", ("x",)),
        ("y:A2", ("x",)),
        ("A2,B2", ("x",)),
        ("A2,B2", ("u", "v")),
        ("u:A2", ("u", "v")),
        ("u:A2,u:B2", ("u", "v")),
        ("u:A2,v:B2,w:C2", ("u", "v")),
        ('x:A2+HYPERLINK("")', ("x",)),
    ],
)
def test_cells_that_are_none_are_refused_with_an_example(cells: str, variables: tuple[str, ...]) -> None:
    with pytest.raises(CellsError, match=r"give a cell for each variable, as in (x|u):A2"):
        write_excel(model_of(" + ".join(variables), variables), cells)

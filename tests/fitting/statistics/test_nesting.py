"""Which models are special cases of others."""

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.formulas.series import Scale, series_formula
from app.fitting.statistics.nesting import FittedFormula, Nesting, nested

X = torch.linspace(0.1, 4, 40, dtype=torch.float64)


def model(
    text: str,
    fixed: dict[str, float] | None = None,
    tied: dict[str, str] | None = None,
    upper: dict[str, float] | None = None,
    shared: tuple[str, ...] = (),
) -> FittedFormula:
    formula = parse(text, ["x", "u"])
    untied = [name for name in formula.parameters if name not in (tied or {})]
    ties = {name: parse_tie(tie, untied) for name, tie in (tied or {}).items()}
    parameters = Parameters(formula.parameters, fixed or {}, ties, upper=upper or {})
    free = torch.linspace(0.8, 1.3, len(parameters.free), dtype=torch.float64)
    return FittedFormula(formula, parameters, free, frozenset(shared))


def of(smaller: FittedFormula, larger: FittedFormula) -> Nesting | None:
    return nested(smaller, larger, {"x": X, "u": X**2 - 1})


@pytest.mark.parametrize(
    ("smaller", "larger", "way"),
    [
        ("a * exp(-b * x)", "a * exp(-b * x) + c", "c = 0"),
        ("top / (1 + x / c)", "top / (1 + (x / c)^h)", "h = 1"),
        ("A * exp(-k * x)", "a1 * exp(-k1 * x) + a2 * exp(-k2 * x)", "= 0"),
        ("v * x / (k + x)", "vmax * x / (km + x + x^2 / ki * on)", "on = 0"),
        ("exp(-b * x)", "a * exp(-b * x)", "a = 1"),
        ("a + b * x", "a * exp(-b * x) + c * x", "b = 0, c = its b"),
    ],
)
def test_a_model_with_parameters_at_0_or_1_is_the_smaller(smaller: str, larger: str, way: str) -> None:
    found = of(model(smaller), model(larger))
    assert found is not None
    assert way in found.way
    assert of(model(larger), model(smaller)) is None


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("a + b * x^2", "a * exp(-b * x) + c * x"),
        ("a * x^b", "a * exp(-b * x) + c"),
        ("a * exp(-b * x)", "a * sin(b * x) + c"),
        ("a + b * x + c * x^2", "a + b * x + c * x^3 + d * sin(x)"),
    ],
)
def test_models_that_only_look_alike_are_not_nested(smaller: str, larger: str) -> None:
    assert of(model(smaller), model(larger)) is None


def test_polynomials_are_nested_by_their_degree_in_whatever_form() -> None:
    legendre = model(series_formula("legendre", 4, Scale.of_domain(0.1, 4)))
    assert of(model("p + q * x + r * x^2"), legendre) is not None
    assert of(model("p + q * x^5"), legendre) is None
    assert of(model("a + b * x"), model("c * x + d * u + f")) is not None
    assert of(model("a + b * x^2"), model("c * x + d * u + f")) is not None, "u = x^2 - 1 at all points"


def test_fixed_and_tied_parameters_make_a_smaller_model() -> None:
    whole = model("a * exp(-b * x) + c")
    assert of(model("a * exp(-b * x) + c", fixed={"c": 0.3}), whole) is not None
    assert of(model("a * exp(-b * x) + c", tied={"c": "2 * a"}), whole) is not None
    assert of(model("a * exp(-b * x) + c", fixed={"c": 0.3, "b": 1.0}), model("a * exp(-b * x) + c", fixed={"c": 0.3}))
    assert (
        of(model("a * exp(-b * x) + c", fixed={"c": 0.3, "b": 1.0}), model("a * exp(-b * x) + c", fixed={"c": 0.4}))
        is None
    )


def test_what_a_bound_of_the_larger_forbids_is_not_nested() -> None:
    larger = model("a * exp(-b * x) + c", upper={"a": 0.5})
    assert of(model("a * exp(-b * x)"), larger) is None


def test_a_parameter_that_means_nothing_at_the_smaller_model_is_named() -> None:
    found = of(model("c * x^0.5"), model("a * exp(-b * x) + c * x^0.5"))
    assert found is not None
    assert found.meaningless == ("b",)


def test_curves_that_share_more_are_a_special_case() -> None:
    apart, one_k = model("v * x / (k + x)"), model("v * x / (k + x)", shared=("k",))
    found = of(one_k, apart)
    assert found is not None
    assert "one k for all curves" in found.way
    assert of(apart, one_k) is None
    assert of(model("v * x / (k + x)", shared=("k", "v")), one_k) is not None
    assert of(model("v * x / (k + x)", fixed={"k": 0.3}), one_k) is not None


def test_very_many_parameters_end_without_an_answer() -> None:
    many = " + ".join(f"a{index} * exp(-b{index} * x)" for index in range(10))
    assert of(model("p * exp(-q * x) + r * sin(s * x)"), model(many)) is None

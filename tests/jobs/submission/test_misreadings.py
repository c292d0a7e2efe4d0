"""Formulas of new requests that would silently mean something else are refused with what to write."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.jobs.errors import InvalidRequestError
from app.jobs.fit.stored import StoredFit
from tests.helpers.trained_fits import submitted

DATA = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}
OF_TWO = {"x": {"u": [1, 2, 3, 4], "e": [0, 1, 0, 1]}, "y": [3, 5, 7, 9]}


def told(
    model: str, target: dict[str, Any] | None = None, **parameters: Any
) -> list[tuple[tuple[str | int, ...], str]]:
    """Return the fields that are wrong, and what is said of them."""
    try:
        submitted({"target": target or DATA, "model": model, "parameters": parameters})
    except InvalidRequestError as error:
        return [(wrong.path, wrong.detail) for wrong in error.wrong]
    return []


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            "a*t + b",
            "the model does not use x; t is not one of the predictor variables (x): did you mean x instead of t?",
        ),
        ("exp(-k*X)", "(x): did you mean x instead of X?"),
        ("a*b", "the model does not use x; a, b are parameters, none of them a predictor variable"),
        ("exp(t)", "(x): did you mean x instead of t?"),
        ("sin", "the model does not use x: sin is a function: write sin(x)"),
        ("Gaussian", "did you mean gaussian?"),
        ("gausian + linear", "did you mean gaussian?"),
        ("gaussian - linear", "such models can only be added to each other"),
    ],
)
def test_a_model_without_a_variable_is_refused(model: str, words: str) -> None:
    ((path, detail),) = told(model)
    assert path == ("model",)
    assert words in detail


def test_of_several_names_the_one_without_a_start_is_meant() -> None:
    ((_, detail),) = told("t*z + b", t=1.5)
    assert "instead of z?" in detail


def test_of_several_variables_one_is_enough() -> None:
    assert told("a*u + b", OF_TWO) == []
    ((_, detail),) = told("a*x + b", OF_TWO)
    assert "does not use u or e" in detail
    assert "did you mean u or e instead of x?" in detail


@pytest.mark.parametrize("model", ["c", "-c", "(c)", "t", "exp(a)", "c^2", "a + 0*x"])
def test_a_constant_alone_is_a_model(model: str) -> None:
    assert told(model) == []


@pytest.mark.parametrize(("model", "place"), [("e*x^4 + a", 1), ("a*x + e", 7), ("a*log(e)*x", 7), ("a*x^e", 5)])
def test_e_is_refused_where_it_may_be_a_parameter(model: str, place: int) -> None:
    ((path, detail),) = told(model)
    assert path == ("model",)
    assert detail.startswith("e is the constant 2.718...: if a parameter is meant, choose another name, such as e_")
    assert detail.endswith(f"(at character {place})")


@pytest.mark.parametrize("model", ["a*e^(-x/b)", "a*x + e**2", "a*pow(e, x)", "a*x + np.e"])
def test_e_is_taken_where_it_can_only_be_the_number(model: str) -> None:
    assert told(model) == []


def test_e_is_taken_where_it_is_a_predictor_variable() -> None:
    assert told("a*u + b*e", OF_TWO) == []


def test_e_is_refused_in_ties_too() -> None:
    ((path, detail),) = told("a*x + b", b={"tied": "e*a"})
    assert path == ("parameters", "b", "tied")
    assert "e is the constant" in detail
    assert told("a*x + b", b={"tied": "e^a"}) == []


@pytest.mark.parametrize("model", ["a*exp^(-x)", "a*exp -x", "sin**2 * x"])
def test_a_function_without_brackets_is_refused(model: str) -> None:
    ((path, detail),) = told(model)
    assert path == ("model",)
    assert "is a function: write" in detail


@pytest.mark.parametrize("model", ["min + (max - min)/(1 + (x/c)^h)", "gamma^2/(x^2 + gamma^2)", "step -x", "exp - x"])
def test_names_of_functions_may_be_those_of_parameters(model: str) -> None:
    assert told(model) == []


@pytest.mark.parametrize("model", ["gaussian + a*x", "a*exp(-b*x) - linear", "a*x + (b + lorentzian)"])
def test_a_model_of_the_library_is_not_added_to_a_formula(model: str) -> None:
    ((path, detail),) = told(model)
    assert path == ("model",)
    assert "a model of the library" in detail


@pytest.mark.parametrize(("model", "unknown"), [("sinus + linear", "sinus"), ("gaussian + linear + nosuch", "nosuch")])
def test_in_a_sum_of_names_the_one_that_is_no_model_is_told(model: str, unknown: str) -> None:
    assert told(model)[0][1].startswith(f"{unknown} is no model of the library")


@pytest.mark.parametrize("model", ["linear*x + quadratic*x^2", "top*x^hill/(k^hill + x^hill)", "gaussan + a*x"])
def test_names_of_the_library_may_be_those_of_factors_and_exponents(model: str) -> None:
    assert told(model) == []


def test_who_gives_it_a_start_means_a_parameter() -> None:
    assert told("a*exp^x", exp=2) == []
    assert told("linear + a*x", linear=2) == []


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("gaussian(x, a, b, c)", 'the library has it: {"name": "gaussian"}'),
        ("Lorentz(x, a, b)", 'the library has it: {"name": "lorentzian"}'),
        ("sine(a*x)", "did you mean sin?"),
    ],
)
def test_models_of_the_library_are_no_functions(model: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        told(model)
    assert words in caught.value.errors()[0]["msg"]


@pytest.mark.parametrize("model", [{"name": "weibull"}, {"name": "linear"}, {"series": "legendre", "degree": 0}])
def test_models_that_nobody_wrote_are_not_looked_at(model: Any) -> None:
    assert submitted({"target": DATA, "model": model})


@pytest.mark.parametrize("model", ["e*x^4 + a", "a*t + b", "a*exp^(-x)"])
def test_what_was_accepted_before_is_read_as_then(model: str) -> None:
    stored = submitted({"target": DATA, "model": "a*x + b"}).fit.to_json() | {"model": model, "formula": model}
    assert StoredFit.from_json(stored).formula == model

"""Free, fixed and tied parameters of a model."""

import pytest
import torch

from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.formulas.text import FormulaError


@pytest.fixture
def parameters() -> Parameters:
    tied = {"c": parse_tie("2 * a + d", ["a", "b", "d"])}
    return Parameters(("a", "b", "c", "d"), {"b": 5.0}, tied, lower={"a": 0.0}, upper={"d": 9.0})


def test_the_free_ones_are_in_the_order_of_the_model(parameters: Parameters) -> None:
    assert parameters.free == ("a", "d")


def test_the_others_follow_from_the_free_ones(parameters: Parameters) -> None:
    assert parameters.coefficients(torch.tensor([1.0, 3.0])) == {"a": 1, "b": 5, "c": 5, "d": 3}


def test_coefficients_have_the_digits_of_the_vector() -> None:
    vector = torch.tensor([0.1, 3.0])
    assert Parameters(("a", "b")).coefficients(vector) == {"a": vector[0].item(), "b": 3}


def test_one_bound_makes_parameters_bounded(parameters: Parameters) -> None:
    assert parameters.bounded
    assert Parameters(("a",), lower={"a": 0.0}).bounded
    assert not Parameters(("a",)).bounded


def test_where_no_bound_is_given_it_is_infinite(parameters: Parameters) -> None:
    lower, upper = parameters.bounds(torch.zeros(2))
    assert lower.tolist() == [0, -torch.inf]
    assert upper.tolist() == [torch.inf, 9]


def test_bounds_that_are_tensors_stay_differentiable() -> None:
    low = torch.tensor(1.0, requires_grad=True)
    lower, _ = Parameters(("a", "b"), lower={"a": low}).bounds(torch.zeros(2))  # type: ignore[dict-item]
    assert lower.tolist() == [1, -torch.inf]
    assert lower.requires_grad


def test_a_tie_names_other_parameters_only() -> None:
    with pytest.raises(FormulaError):
        parse_tie("2 * z", ["a"])

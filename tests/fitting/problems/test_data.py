"""Data as tensors: from a function, from measured columns, and what is refused."""

import math

import pytest
import torch

from app.fitting.formulas.formula import FormulaError
from app.fitting.problems.data import NotFiniteError, dtype_name, measured_data, sampled_function


def test_a_function_is_sampled_evenly_from_end_to_end() -> None:
    data = sampled_function("sin", [0.0, math.pi], 3, torch.float64)
    assert data.variables["x"].tolist() == pytest.approx([0, math.pi / 2, math.pi])
    assert data.y.tolist() == pytest.approx([0, 1, 0], abs=1e-15)


def test_a_function_that_does_not_depend_on_x_has_a_value_at_every_point() -> None:
    assert sampled_function("2 + 1", [0.0, 1.0], 4, torch.float32).y.tolist() == [3] * 4


def test_residuals_are_divided_by_sigma_and_multiplied_by_the_root_of_a_weight() -> None:
    columns = {"x": {"x": [0.0, 1.0]}, "y": {"y": [1.0, 2.0]}}
    by_sigma = measured_data(columns | {"sigma": {"sigma": [0.5, 4.0]}}, torch.float64)
    by_weight = measured_data(columns | {"weights": {"weights": [4.0, 0.0]}}, torch.float64)
    assert by_sigma.factor is not None
    assert by_weight.factor is not None
    assert by_sigma.factor.tolist() == [2, 0.25]
    assert by_weight.factor.tolist() == [2, 0]


def test_a_response_is_transformed() -> None:
    columns = {"x": {"x": [0.0, 1.0]}, "y": {"y": [1.0, math.e]}}
    assert measured_data(columns, torch.float64, response="log(y)").y.tolist() == [0, 1]
    with pytest.raises(FormulaError):
        measured_data(columns, torch.float64, response="log(x)")


@pytest.mark.parametrize(
    ("columns", "response", "field"),
    [
        ({"x": {"x": [1e300]}, "y": {"y": [1.0]}}, None, "x"),
        ({"x": {"x": [1.0]}, "y": {"y": [1e300]}}, None, "y"),
        ({"x": {"x": [1.0]}, "y": {"y": [-1.0]}}, "log(y)", "response"),
        ({"x": {"x": [1.0]}, "y": {"y": [1.0]}, "sigma": {"sigma": [1e-40]}}, None, "sigma"),
    ],
)
def test_what_is_not_finite_in_the_number_format_is_named(
    columns: dict[str, dict[str, list[float]]], response: str | None, field: str
) -> None:
    with pytest.raises(NotFiniteError) as caught:
        measured_data(columns, torch.float32, response=response)
    assert caught.value.field == field
    assert "point 0" in str(caught.value)


def test_where_a_function_has_no_value_its_x_is_told() -> None:
    with pytest.raises(NotFiniteError, match=r"x = -1\b"):
        sampled_function("log(x + 1)", [-1.0, 1.0], 3, torch.float64)


def test_number_formats_are_named_as_in_requests() -> None:
    assert dtype_name(torch.float32) == "float32"

"""Data as tensors: those of a function, and what is refused."""

import math

import pytest
import torch

from app.fitting.problems.data import NotFiniteError, dtype_name, is_finite, sampled_function


def test_a_function_is_sampled_evenly_from_end_to_end() -> None:
    data = sampled_function("sin", [0.0, math.pi], 3, torch.float64)
    assert data.variables["x"].tolist() == pytest.approx([0, math.pi / 2, math.pi])
    assert data.y.tolist() == pytest.approx([0, 1, 0], abs=1e-15)


def test_a_function_that_does_not_depend_on_x_has_a_value_at_every_point() -> None:
    assert sampled_function("2 + 1", [0.0, 1.0], 4, torch.float32).y.tolist() == [3] * 4


def test_where_a_function_has_no_value_its_x_is_told() -> None:
    with pytest.raises(NotFiniteError, match=r"x = -1\b"):
        sampled_function("log(x + 1)", [-1.0, 1.0], 3, torch.float64)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_number_that_is_not_finite_is_found(bad: float) -> None:
    assert is_finite(torch.tensor([1.0, 2.0]))
    assert not is_finite(torch.tensor([1.0, bad]))
    assert not is_finite(torch.tensor([math.inf, bad]))


def test_finite_numbers_may_have_a_sum_that_is_not() -> None:
    assert is_finite(torch.tensor([1e308, 1e308], dtype=torch.float64))
    assert is_finite(torch.tensor([3e38, 3e38]))


def test_number_formats_are_named_as_in_requests() -> None:
    assert dtype_name(torch.float32) == "float32"

"""Numbers in figures as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.plots.rounding import with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (5.57144452858582, 0.04790567958, "5.571 ± 0.048"),
        (123456.0, 789.0, "123460 ± 790"),
        (6.02214076e23, 1.2e18, "(6.022141 ± 0.000012)e23"),
        (0.3, 45.0, "0 ± 45"),
        (-0.00001, 0.0045, "0.0000 ± 0.0045"),
        (2.5, None, "2.5"),
        (2.5, math.inf, "2.5"),
    ],
)
def test_value_and_error_have_two_digits_of_the_error(value: float, error: float | None, text: str) -> None:
    assert with_error(value, error) == text


@given(st.floats(-1e200, 1e200), st.floats(1e-200, 1e200))
def test_every_finite_pair_is_written(value: float, error: float) -> None:
    assert " ± " in with_error(value, error)

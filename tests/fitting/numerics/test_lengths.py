"""Lengths of columns, whatever their size."""

import pytest
import torch

from app.fitting.numerics.lengths import column_lengths

MATRIX = torch.tensor([[3.0, 1.0, 0.0], [4.0, 1.0, 0.0]], dtype=torch.float64)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_a_length_is_right_where_squares_are_no_numbers(size: float) -> None:
    expected = [5 * size, 2**0.5 * size, 0.0]
    assert column_lengths(size * MATRIX).tolist() == pytest.approx(expected, rel=1e-15)


def test_a_column_that_is_not_finite_has_no_finite_length() -> None:
    assert not column_lengths(MATRIX / torch.zeros(3, dtype=torch.float64)).isfinite().any()

"""Roots and extrema of many functions side by side."""

import pytest
import torch
from torch import Tensor

from app.fitting.numerics.roots import bisected, with_extrema


def tensor(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def test_a_root_is_bracketed_by_two_neighbouring_numbers() -> None:
    targets = tensor(2.0, 1e-30, 5e200)
    left, right = bisected(lambda x: x * x - targets, tensor(0, 0, 1e100), tensor(2, 1, 1e101))
    assert left.tolist() == pytest.approx([2**0.5, 1e-15, 5e200**0.5], rel=1e-14)
    assert torch.nextafter(left[::2], tensor(torch.inf)).tolist() == right[::2].tolist()


def test_a_falling_function_is_bracketed_as_well_and_nan_counts_as_not_below_zero() -> None:
    left, right = bisected(lambda x: -(x.sqrt()), tensor(-1), tensor(1))
    assert left.item() < right.item()
    assert right.item() == pytest.approx(0, abs=1e-30)


def test_extrema_between_the_points_of_a_grid_become_points_of_it() -> None:
    grid = with_extrema(torch.cos, torch.linspace(1, 8, 8, dtype=torch.float64))
    assert len(grid) == 10
    for extremum in (torch.pi, 2 * torch.pi):
        assert (grid - extremum).abs().min().item() < 1e-7


def test_a_grid_without_an_extremum_stays_as_it_is() -> None:
    grid = torch.linspace(0, 1, 5, dtype=torch.float64)
    assert with_extrema(torch.exp, grid) is grid

"""A warning where residuals follow each other, and hardly ever where they do not."""

import torch
from torch import Tensor

from app.fitting.statistics.whiteness import LEAST_POINTS, autocorrelation_warning

X = torch.linspace(0, 1, 200, dtype=torch.float64)


def noise(points: int, seed: int = 0) -> Tensor:
    return torch.randn(points, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_wave_that_is_left_over_is_told() -> None:
    (warning,) = autocorrelation_warning({"x": X}, torch.sin(6 * X) + 0.5 * noise(200))
    assert "far from white" in warning


def test_the_order_is_that_of_x() -> None:
    shuffled = torch.randperm(200, generator=torch.Generator().manual_seed(1))
    assert autocorrelation_warning({"x": X[shuffled]}, torch.sin(6 * X)[shuffled])
    assert not autocorrelation_warning({"x": X}, torch.sin(6 * X)[shuffled])


def test_white_noise_is_told_in_fewer_than_one_of_a_thousand() -> None:
    alarms = sum(bool(autocorrelation_warning({"x": X}, noise(200, seed))) for seed in range(2000))
    assert alarms <= 2


def test_few_points_and_several_variables_have_no_order_to_judge_by() -> None:
    few = X[: LEAST_POINTS - 1]
    assert not autocorrelation_warning({"x": few}, few)
    assert not autocorrelation_warning({"x": X, "z": X}, X)

"""The degree of a series by the data."""

import math

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.series import Scale, SeriesError
from app.fitting.starts.degree import CRITERIA, choose_degree


def noisy(degree: int, points: int = 200, noise: float = 0.05) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(degree + 1)
    x = torch.linspace(-3, 5, points, dtype=torch.float64)
    y = torch.cos(degree * torch.acos((x - 1) / 4)) + noise * torch.randn(
        points, generator=generator, dtype=torch.float64
    )
    return x, y


@pytest.mark.parametrize("criterion", list(CRITERIA))
@pytest.mark.parametrize("degree", [0, 1, 3, 8])
def test_the_degree_of_noisy_data_is_found(criterion: str, degree: int) -> None:
    x, y = noisy(degree)
    assert choose_degree("legendre", x, y, criterion=criterion).degree == degree


@pytest.mark.parametrize("criterion", list(CRITERIA))
def test_data_without_noise_take_the_lowest_degree_that_passes_through_them(criterion: str) -> None:
    x, y = noisy(5, noise=0.0)
    assert choose_degree("chebyshev", x, y, criterion=criterion).degree == 5


def test_the_scores_are_those_of_fits_of_each_degree() -> None:
    x, y = noisy(3, points=30)
    factor = torch.linspace(0.5, 2, 30, dtype=torch.float64)
    aicc, bic, press = (choose_degree("legendre", x, y, factor, 4, name).scores for name in CRITERIA)
    for degree in range(5):
        columns = torch.stack([x**k for k in range(degree + 1)], dim=1) * factor[:, None]
        hat = columns @ torch.linalg.pinv(columns)
        residual = factor * y - hat @ (factor * y)
        free, chisqr = degree + 1, (residual @ residual).item()
        likelihood = 30 * math.log(chisqr / 30)
        assert aicc[degree] == pytest.approx(likelihood + 2 * free + 2 * free * (free + 1) / (29 - free), rel=1e-9)
        assert bic[degree] == pytest.approx(likelihood + free * math.log(30), rel=1e-9)
        assert press[degree] == pytest.approx((residual / (1 - hat.diagonal())).square().sum().item(), rel=1e-8)


def test_harmonics_of_a_period_are_found() -> None:
    x = torch.linspace(0, 10, 300, dtype=torch.float64)
    y = 1 + torch.sin(2 * math.pi * x / 2.5) + 0.3 * torch.cos(4 * math.pi * x / 2.5)
    assert choose_degree("fourier", x, y, scale=Scale.of_period(2.5)).degree == 2


def test_a_point_that_does_not_count_changes_nothing() -> None:
    x, y = noisy(3)
    factor = torch.ones_like(x)
    factor[7], y[7] = 0.0, 1e9
    assert choose_degree("legendre", x, y, factor).degree == 3


@pytest.mark.parametrize("criterion", list(CRITERIA))
@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_the_unit_of_the_data_changes_no_degree(criterion: str, size: float) -> None:
    x, y = noisy(3)
    factor = torch.full_like(x, size)
    assert choose_degree("legendre", x, y * size, criterion=criterion).degree == 3
    assert choose_degree("legendre", x, y, factor, criterion=criterion).degree == 3


def test_degrees_that_the_points_do_not_determine_have_no_score() -> None:
    x = torch.tensor([0.0, 1.0, 2.0, 3.0, 3.0], dtype=torch.float64)
    choice = choose_degree("legendre", x, x**2, max_degree=6)
    assert len(choice.scores) == 7
    assert choice.scores[3:] == (None,) * 4


def test_blocks_of_points_are_put_together() -> None:
    x, y = noisy(4, points=40_000)
    assert choose_degree("legendre", x, y, criterion="cross_validation").degree == 4


def test_points_of_which_too_few_count_are_refused() -> None:
    x, y = noisy(1, points=5)
    with pytest.raises(SeriesError, match="at least two different x that count"):
        choose_degree("legendre", x, y, torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0]))


@pytest.mark.parametrize(
    ("series", "criterion", "degree", "field"),
    [("bessel", "aicc", 3, "series"), ("legendre", "r2", 3, "criterion"), ("legendre", "bic", -1, "degree")],
)
def test_what_is_wrong_is_named(series: str, criterion: str, degree: int, field: str) -> None:
    x, y = noisy(1)
    with pytest.raises(SeriesError) as caught:
        choose_degree(series, x, y, max_degree=degree, criterion=criterion)
    assert caught.value.field == field

"""How well a model follows its data, by the formulas of the textbooks."""

import math

import pytest
import torch

from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.statistics.goodness import criteria, response_variance, rmse

Y = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
MODEL = torch.tensor([1.0, 3.0, 3.0], dtype=torch.float64)
SQUARES, COUNTS = make_loss("squares"), make_loss("poisson")


def data(factor: list[float] | None = None, sigma_is_absolute: bool = False) -> Data:
    return Data({}, Y, None if factor is None else torch.tensor(factor, dtype=torch.float64), sigma_is_absolute)


def test_the_rmse_is_the_root_of_the_weighted_mean_of_the_squares() -> None:
    assert rmse(SQUARES, MODEL, data(), 2.0) == pytest.approx(math.sqrt(2 / 3))
    assert rmse(SQUARES, MODEL, data([1, 2, 1]), 5.0) == pytest.approx(math.sqrt(5 / 6))
    assert rmse(SQUARES, MODEL, data([0, 0, 0]), 0.0) is None


def test_the_rmse_of_counts_is_that_of_the_residuals_themselves() -> None:
    assert rmse(COUNTS, MODEL, data(), 99.0) == pytest.approx(math.sqrt(2 / 3))


def test_criteria_of_a_sum_of_squares() -> None:
    found = criteria(SQUARES, MODEL, data(), 2.0, nvarys=1)
    likelihood = 3 * math.log(2 / 3)
    assert found.aic == pytest.approx(likelihood + 2)
    assert found.aicc == pytest.approx(likelihood + 2 + 4)
    assert found.bic == pytest.approx(likelihood + math.log(3))


def test_criteria_of_counts_have_their_whole_likelihood() -> None:
    likelihood = sum(y * math.log(m) - m - math.lgamma(y + 1) for y, m in zip(Y.tolist(), MODEL.tolist(), strict=True))
    assert criteria(COUNTS, MODEL, data(), 0.0, nvarys=1).aic == pytest.approx(-2 * likelihood + 2)


def test_a_robust_loss_and_a_perfect_fit_have_no_criteria() -> None:
    assert criteria(make_loss("huber", 1.0), MODEL, data(), 2.0, nvarys=1).aic is None
    assert criteria(SQUARES, MODEL, data(), 0.0, nvarys=1).bic is None


def test_too_few_points_have_no_corrected_criterion() -> None:
    found = criteria(SQUARES, MODEL, data(), 2.0, nvarys=2)
    assert found.aic is not None
    assert found.aicc is None


def test_a_response_scatters_as_much_as_its_loss_says() -> None:
    residual = MODEL - Y
    assert response_variance(SQUARES, data(), residual, 0.7) == 0.7
    assert response_variance(SQUARES, data([1, 1, 1], sigma_is_absolute=True), residual, 0.7) == 1
    assert response_variance(COUNTS, data(), residual, 0.7) is None

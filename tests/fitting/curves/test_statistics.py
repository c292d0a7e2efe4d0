"""Statistics and warnings of many curves at once are those that each curve has by itself."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from app.fitting.curves.statistics import CurveStatistics, curve_statistics
from app.fitting.curves.training import fit_curves
from app.fitting.curves.warnings import curve_warnings
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import make_loss
from app.fitting.statistics import Statistics, statistics
from tests.helpers.work import answer

NUMBERS = ("ndata", "nvarys", "nfree", "chisqr", "redchi", "chi2_pvalue", "rmse", "response_variance", "rsquared")
NUMBERS += ("adjusted_rsquared", "aic", "aicc", "bic", "condition")


def curves(model: str, start: dict[str, float], y: Tensor, **more: object) -> CurveProblem:
    """Return the problem of curves (points, curves) at x = 0, 0.25, 0.5, ..."""
    formula = parse(model)
    x = torch.arange(len(y), dtype=torch.float64)[:, None] / 4
    starts = torch.tensor([start[name] for name in formula.parameters], dtype=torch.float64)
    problem = CurveProblem(
        formula,
        {"x": x},
        y,
        None,
        torch.full((y.shape[1],), len(y)),
        Parameters(formula.parameters),
        starts[:, None].expand(-1, y.shape[1]).contiguous(),
    )
    return replace(problem, **more)  # type: ignore[arg-type]


def decays(points: int = 24) -> Tensor:
    """Return a decay with noise, a flat curve with noise, a straight line, one without noise, and one that is 3."""
    generator = torch.Generator().manual_seed(8)
    x = torch.arange(points, dtype=torch.float64) / 4
    noise = torch.randn(5, points, generator=generator, dtype=torch.float64) / 50
    clean = [2 * torch.exp(-x), 0 * x + 1, 3 + x / 9, 2 * torch.exp(-x / 2), 0 * x + 3]
    amount = torch.tensor([1.0, 1, 1, 0, 0])[:, None]
    return (torch.stack(clean) + amount * noise).T.contiguous()


def weights(points: int = 24) -> Tensor:
    """Return factors of which the last four of the first two curves are 0."""
    factor = (1 + torch.arange(points, dtype=torch.float64) % 3)[:, None].repeat(1, 5)
    factor[-4:, :2] = 0
    return factor


MODEL, START = "a*exp(-x*k) + c", {"a": 1.0, "k": 0.7, "c": 0.0}
PROBLEMS = {
    "sum of squares": curves(MODEL, START, decays()),
    "weights": curves(MODEL, START, decays(), factor=weights()),
    "absolute sigma": curves(MODEL, START, decays(), factor=weights() * 20, sigma_is_absolute=True),
    "few points": curves(MODEL, START, decays(3)),
    "linear": curves("a*x + c", {"a": 1.0, "c": 0.0}, decays()),
    "linear without a constant": curves("a*x + c*x^2", {"a": 1.0, "c": 0.0}, decays()),
    "counts": curves(MODEL, START, (50 * decays()).round(), loss_function=make_loss("poisson")),
    "robust": curves(MODEL, START, decays(), loss_function=make_loss("huber", torch.full((5,), 0.02))),
    "bounds": curves(MODEL, START, decays(), parameters=Parameters(("a", "k", "c"), lower={"c": 0.5, "k": 0.1})),
    "singular": curves("a*exp(-x*k) + b + c", START | {"b": 0.1}, decays()),
}


def trained(problem: CurveProblem) -> Tensor:
    """Return the coefficients to which the training leads, (free, curves)."""
    found = answer(fit_curves(problem, LevenbergMarquardt(), 200, 10.0))
    return torch.stack([found.coefficients[name] for name in problem.parameters.free])


def alone(problem: CurveProblem, free: Tensor, curve: int) -> Statistics:
    """Return the statistics that one curve has by itself."""
    return statistics(problem.alone(curve), free[:, curve])


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_curve_has_the_numbers_that_it_has_alone(name: str) -> None:
    problem = PROBLEMS[name]
    free = trained(problem)
    known = curve_statistics(problem, free)
    for curve in range(problem.curves):
        by_itself = alone(problem, free, curve)
        # Of rounding nothing can be told but its size.
        for number in NUMBERS if by_itself.chisqr is None or by_itself.chisqr > 1e-20 else ():
            expected, found = getattr(by_itself, number), getattr(known, number)[curve].item()
            found = found if math.isfinite(found) else math.nan
            assert found == pytest.approx(math.nan if expected is None else expected, rel=1e-6, nan_ok=True), (
                curve,
                number,
            )


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_curve_has_the_covariance_that_it_has_alone(name: str) -> None:
    problem = PROBLEMS[name]
    free = trained(problem)
    known = curve_statistics(problem, free)
    for curve in range(problem.curves):
        by_itself = alone(problem, free, curve)
        if by_itself.chisqr is not None and by_itself.chisqr < 1e-20:
            continue
        found = covariance_of(known, curve)
        if by_itself.covar is None:
            assert found is None
        else:
            torch.testing.assert_close(found, torch.tensor(by_itself.covar, dtype=torch.float64), rtol=1e-6, atol=0)


def covariance_of(known: CurveStatistics, curve: int) -> Tensor | None:
    """Return the covariance of the parameters of a curve that move; None if there is none."""
    moving = known.moving[:, curve]
    covariance = known.covariance[curve][moving][:, moving]
    return covariance if bool(covariance.isfinite().all()) and len(covariance) else None


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_curve_has_the_warnings_that_it_has_alone(name: str) -> None:
    problem = PROBLEMS[name]
    free = trained(problem)
    found = curve_warnings(problem, curve_statistics(problem, free))
    assert found == [alone(problem, free, curve).warnings for curve in range(problem.curves)]


def test_a_curve_without_signal_is_told_as_one() -> None:
    problem = PROBLEMS["sum of squares"]
    *others, flat = curve_warnings(problem, curve_statistics(problem, trained(problem)))
    assert any("there is no signal" in words for words in flat)
    assert not any("there is no signal" in words for of_curve in others for words in of_curve)

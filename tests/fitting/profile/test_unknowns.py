"""Limits of x by profile likelihood: where they are known in closed form, and as scipy has them."""

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.losses import Loss, SumOfSquares, make_loss
from app.fitting.problems.problem import Problem
from app.fitting.profile import Interval, profile_limits
from app.fitting.profile.unknowns import Measured, Place
from app.fitting.statistics import statistics
from app.fitting.statistics.distributions import two_sided
from app.fitting.training import start, train
from tests.helpers.published_calibrations import ARSENIC, LOG_LOGISTIC, LOG_LOGISTIC_START, NASTURTIUM

FAR = 1e4
SCIPY = (1.7716052850887183, 2.97324951535031)
"""Where the sum of squares, least_squares of scipy 1.17.1 at each x, has risen by t(0.975, 39)^2 redchi; by brentq."""


def fitted(
    model: str, data: dict[str, list[float]], begin: list[float], loss: Loss | None = None
) -> tuple[Problem, Tensor]:
    formula = parse(model)
    x, y = (torch.tensor(data[name], dtype=torch.float64) for name in ("x", "y"))
    first = torch.tensor(begin, dtype=torch.float64)
    problem = Problem(formula, Data({"x": x}, y), Parameters(formula.parameters), first, loss or SumOfSquares())
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(problem, optimizer, start(problem, optimizer, first), 500, 1.0)
    return problem, last.checkpoint.parameters


def limits(problem: Problem, parameters: Tensor, measured: Measured, x: float, step: float) -> Interval:
    pieces = profile_limits(problem, parameters, measured, Place("x", x, step, -FAR, FAR))
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found: Interval = end.value
            return found


def test_of_a_straight_line_they_are_fiellers() -> None:
    """Those of investr for arsenic at y0 = 3 and a level of 0.9: 2.6035 to 3.2587."""
    problem, parameters = fitted("a + b * x", ARSENIC, [0.0, 1.0])
    redchi = statistics(problem, parameters).redchi
    assert redchi is not None
    measured = Measured(3.0, 1.0, two_sided(0.9, 30) ** 2 * redchi)
    found = limits(problem, parameters, measured, (3 - parameters[0].item()) / parameters[1].item(), 0.3)
    assert found == pytest.approx((2.6035372735033775, 3.2586579409246825), rel=1e-9)


def test_of_a_log_logistic_curve_they_are_those_of_scipy() -> None:
    problem, parameters = fitted(LOG_LOGISTIC, NASTURTIUM, list(LOG_LOGISTIC_START.values()))
    redchi = statistics(problem, parameters).redchi
    assert redchi is not None
    height = two_sided(0.95, 39) ** 2 * redchi
    found = limits(problem, parameters, Measured(1024 / 3, 1 / 3, height), 2.2638511987291463, 0.57)
    assert found == pytest.approx(SCIPY, rel=1e-8)
    lower, upper = limits(problem, parameters, Measured(880.0, 1.0, height), 0.08792667458151035, 0.4)
    assert (lower, upper is None) == (None, False)


def test_counts_have_limits_by_their_deviance() -> None:
    """With a slope that is nearly known, those where the deviance of y alone is z^2."""
    data = {"x": [1e6, 2e6], "y": [1e7, 2e7]}
    problem, parameters = fitted("b * x", data, [9.0], make_loss("poisson"))
    lower, upper = limits(problem, parameters, Measured(100.0, 1.0, two_sided(0.95) ** 2), 10.0, 2.0)
    for end in (lower, upper):
        assert end is not None
        mean = torch.tensor(10 * end, dtype=torch.float64)
        deviance = 2 * (mean - 100 + 100 * torch.log(100 / mean))
        assert deviance.item() == pytest.approx(two_sided(0.95) ** 2, rel=1e-5)


def test_what_has_no_scatter_has_no_limits() -> None:
    problem, parameters = fitted("b * x", {"x": [1.0, 2.0], "y": [2.0, 4.0]}, [2.0])
    assert limits(problem, parameters, Measured(3.0, 1.0, 0.0), 1.5, 0.1) == (None, None)

"""What a robust loss needs before its training: a threshold, and a start from which it finds the bulk of the data."""

import math
from collections.abc import Generator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.fitting.optimizers import make_optimizer
from app.fitting.problems.losses import Huber, robust_loss, robust_standard_deviation
from app.fitting.problems.problem import Problem, counted
from app.fitting.training import start, train

_MOST_ROUNDS = 30
_SETTLED = 1e-10
_MOST_STEPS = 200


@dataclass(frozen=True)
class Robustness:
    """A threshold, and the minimum (free,) of Huber's loss, whose threshold is as strict."""

    threshold: float
    parameters: Tensor


def settled(
    problem: Problem, name: str, threshold: float | None, piece_seconds: float
) -> Generator[None, None, Robustness]:
    """Settle threshold and start of the robust loss `name`, with a moment's rest after about each `piece_seconds`.

    Without a threshold, the standard deviation of the residuals is estimated from their median size, and from that
    follow the threshold and the next fit by Huber's loss, until nothing changes (P. J. Huber, "Robust Statistics",
    1981, section 7.8, with the median absolute deviation). Where sigma is absolute, it is 1.
    """
    # A point without weight has a residual of 0, which the median must not count.
    problem = counted(problem)
    parameters, tuning = problem.start, robust_loss(name).tuning
    optimizer = make_optimizer("levenberg_marquardt")
    absolute = 1.0 if problem.data.sigma_is_absolute else None
    known = absolute if threshold is None else threshold / tuning
    deviation = known or _deviation(problem, parameters)
    for _ in range(_MOST_ROUNDS):
        posed = replace(problem, loss_function=Huber(Huber.tuning * deviation), start=parameters)
        for chunk in train(posed, optimizer, start(posed, optimizer, posed.start), _MOST_STEPS, piece_seconds):
            parameters = chunk.checkpoint.parameters
            yield
        before, deviation = deviation, known or _deviation(problem, parameters)
        if abs(deviation - before) <= _SETTLED * before:
            break
    return Robustness(threshold or tuning * deviation, parameters)


def _deviation(problem: Problem, parameters: Tensor) -> float:
    residual = problem.residual(parameters)
    deviation = robust_standard_deviation(residual).item()
    if not math.isfinite(deviation):
        return 1.0
    # More than half of the points may lie on the curve: what is rounding is no outlier.
    y, factor = problem.data.y, problem.data.factor
    largest = (y if factor is None else y * factor).abs().amax().item() or 1.0
    return float(max(deviation, 8 * torch.finfo(residual.dtype).eps * largest))

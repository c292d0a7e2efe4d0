"""Thresholds of robust losses, and start values from which their training finds the bulk of the data."""

from collections.abc import Generator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.curves.alone import train_alone
from app.fitting.curves.batches import train_batch
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.losses import Huber, robust_loss, robust_standard_deviation, weighted_residual

_MOST_ROUNDS = 30
_SETTLED = 1e-10
"""Relative change of a standard deviation in one round up to which it counts as settled."""
_MOST_STEPS = 200


@dataclass(frozen=True)
class Robustness:
    """Thresholds of curves, and the minima of Huber's loss with thresholds that are as strict."""

    threshold: Tensor
    """Threshold of each curve, (curves,)."""
    parameters: Tensor
    """Minima of Huber's loss, (free, curves); the start values where no minimum was needed."""


def settled(
    problem: CurveProblem, name: str, threshold: float | None, needs_minimum: bool, piece_seconds: float
) -> Generator[None, None, Robustness]:
    """Settle the threshold of the robust loss `name` for each curve by itself.

    Without a threshold, the standard deviation of the residuals is estimated from their median size, and from that
    follow the threshold and the next fit by Huber's loss, until nothing changes (P. J. Huber, "Robust Statistics",
    1981, section 7.8, with the median absolute deviation). Where sigma is absolute, the standard deviation is 1. Where
    the threshold is known, a fit by Huber's loss is done only if its minimum is needed, as a start.

    The generator rests for a moment after about each `piece_seconds`.
    """
    tuning = robust_loss(name).tuning
    known = 1.0 if threshold is None and problem.sigma_is_absolute else None
    known = threshold / tuning if threshold is not None else known
    parameters = problem.start.clone()
    deviation = _deviations(problem, parameters) if known is None else torch.full_like(parameters[0], known)
    unsettled = torch.arange(problem.curves, device=parameters.device)
    # A number format may tell no smaller changes than this one's rounding.
    negligible = max(_SETTLED, 8 * torch.finfo(parameters.dtype).eps)
    for _ in range(_MOST_ROUNDS if known is None else int(needs_minimum)):
        posed = problem if len(unsettled) == problem.curves else problem.take(unsettled)
        huber = Huber(Huber.tuning * deviation[unsettled])
        with_huber = replace(posed, loss_function=huber, start=parameters[:, unsettled])
        parameters[:, unsettled] = yield from _minimised(with_huber, piece_seconds)
        if known is not None:
            break
        before, after = deviation[unsettled], _deviations(posed, parameters[:, unsettled])
        deviation[unsettled] = after
        unsettled = unsettled[(after - before).abs() > negligible * before]
        if not len(unsettled):
            break
    settled_threshold = tuning * deviation if threshold is None else torch.full_like(deviation, threshold)
    return Robustness(settled_threshold, parameters)


def _minimised(problem: CurveProblem, piece_seconds: float) -> Generator[None, None, Tensor]:
    """Return the parameters to which Levenberg-Marquardt leads each curve, (free, curves)."""
    optimizer = LevenbergMarquardt()
    if problem.curves == 1:
        # The careful method from the first step on, as one curve is trained.
        trained = yield from train_alone(problem, optimizer, _MOST_STEPS, piece_seconds, compress=False)
    else:
        trained = yield from train_batch(problem, optimizer, _MOST_STEPS, piece_seconds)
    return trained.parameters


def _deviations(problem: CurveProblem, parameters: Tensor) -> Tensor:
    """Return the robust standard deviation of the residuals of each curve, (curves,); never 0."""
    problem.evaluations.count += 1
    residual = weighted_residual(problem.model(parameters), problem.y, problem.factor)
    # Padding, and a point without weight, has a residual of 0, which the median must not count.
    deviation = robust_standard_deviation(torch.where(problem.counting, residual, torch.nan))
    # More than half of the points may lie on the curve: what is rounding is no outlier.
    largest = (problem.y if problem.factor is None else problem.y * problem.factor).abs().amax(0)
    rounding = 8 * torch.finfo(residual.dtype).eps * torch.where(largest > 0, largest, 1.0)
    return torch.where(deviation.isfinite(), deviation.maximum(rounding), 1.0)

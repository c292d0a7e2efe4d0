"""Confidence intervals by profile likelihood.

D. M. Bates and D. G. Watts, "Nonlinear Regression Analysis and Its Applications", 1988, section 6.1.
"""

import math
from collections.abc import Generator
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.optimizers import make_optimizer
from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.problem import Problem, counted
from app.fitting.statistics.covariance import estimate, standard_errors
from app.fitting.statistics.distributions import two_sided
from app.fitting.training import runner_of, start, train

Interval = tuple[float | None, float | None]
"""The two ends of a confidence interval; an end that was not found is None."""
Pieces = Generator[None, None, float | None]
"""Work that pauses now and then; it returns a number, or None where there is none."""

_MOST_STEPS = 200
_MOST_TRIALS = 60
_PIECE_SECONDS = 0.1
_PRECISION = 1e-10
"""Precision of the end of an interval, as a share of its distance from the coefficient."""
_LOWER = 1e-6
"""Share by which a loss must be lower than that of the fit to show that the fit is not at the minimum."""


def profile_intervals(problem: Problem, parameters: Tensor, level: float) -> Generator[None, None, dict[str, Interval]]:
    """Return the interval of each free parameter by name, at the confidence level `level`.

    Its ends are the values at which the loss, minimised over all other parameters, reaches a limit. With the minimum S
    at `parameters` (free,) and t the quantile of Student's t with `nfree` degrees of freedom, the limit is
    S (1 + t^2 / nfree); where sigma is absolute, and for counts, it is S + z^2 with z of the normal distribution. With
    a robust loss, psi half its derivative, it is S + z^2 K^2 (sum psi^2 / nfree) / mean(psi'), K as in `Statistics`:
    the interval of the test by drop in dispersion (R. M. Schrader and T. P. Hettmansperger, "Robust analysis of
    variance based upon a likelihood ratio criterion", 1980), with the threshold of the fit. An end that lies beyond a
    bound or can't be found is None, and so are all where the points are no more than the parameters.

    It is a generator that pauses about every tenth of a second, and returns the intervals at its end.
    """
    problem = counted(problem)
    fit_estimate = estimate(problem, parameters)
    errors = standard_errors(problem.parameters, parameters, fit_estimate)
    estimated = isinstance(problem.loss_function, SumOfSquares) and not problem.data.sigma_is_absolute
    least = problem.loss(parameters).item()
    rise = (fit_estimate.variance or 0.0) * fit_estimate.steepness
    quantile = two_sided(level, fit_estimate.nfree if estimated else None) if fit_estimate.nfree > 0 else 0.0
    intervals: dict[str, Interval] = {}
    for index, name in enumerate(problem.parameters.free):
        error = errors[name]
        if not (error and rise and quantile):
            intervals[name] = (None, None)
            continue
        ends = []
        for side in (-1, 1):
            profile = _Profile(problem, parameters, index, least, rise * quantile**2)
            ends.append((yield from profile.end(side * quantile * error)))
        intervals[name] = (ends[0], ends[1])
    return intervals


class _Profile:
    """The least loss as a function of one parameter, followed from its minimum in one direction."""

    def __init__(self, problem: Problem, parameters: Tensor, index: int, least: float, height: float) -> None:
        self._problem, self._least, self._height = problem, least, height
        self._name = problem.parameters.free[index]
        self._at = parameters[index].item()
        self._others = torch.cat([parameters[:index], parameters[index + 1 :]])
        self._lowest, self._highest = (bound[index].item() - self._at for bound in problem.bounds)

    def end(self, update: float) -> Pieces:
        """Return the value at which the loss is `height` above the least, on the side of the first update tried."""
        near, below, far = 0.0, -1.0, self._within(update)
        for _ in range(_MOST_TRIALS):
            above = yield from self._excess(far)
            if above is None:
                return None
            if above == math.inf:
                far = (near + far) / 2
                continue
            if above >= 0:
                return (yield from self._between((near, below), (far, above)))
            if self._within(2 * far) == far:
                return None
            # The root of the loss is nearly linear in the parameter.
            near, below, far = far, above, self._within(far * min(2.0, 1.2 / (1 + above) if above > -1 else 2.0))
        return None

    def _between(self, near: tuple[float, float], far: tuple[float, float]) -> Pieces:
        """Return the root between two updates with excess below and above 0, by the Illinois method.

        M. Dowell and P. Jarratt, "A modified regula falsi method for computing the root of an equation", 1971.
        """
        tried, excess = far
        for _ in range(_MOST_TRIALS):
            if abs(excess) <= _PRECISION or abs(far[0] - near[0]) <= _PRECISION * abs(far[0]):
                break
            tried = far[0] - far[1] * (far[0] - near[0]) / (far[1] - near[1])
            excess_there = yield from self._excess(tried)
            if excess_there is None or not math.isfinite(excess_there):
                return None
            excess = excess_there
            near = far if (excess < 0) is not (far[1] < 0) else (near[0], near[1] / 2)
            far = (tried, excess)
        return self._at + tried

    def _within(self, update: float) -> float:
        """Return the nearest update that stays within the bounds."""
        return min(max(update, self._lowest), self._highest)

    def _excess(self, update: float) -> Pieces:
        """Return the root of the loss's rise above the least, divided by the root of `height`, less 1.

        It is infinite where the model has no value, and None where the loss is lower than at the supposed minimum.
        """
        value = self._at + update
        loss = yield from (self._trained(value) if len(self._others) else self._alone(value))
        if not math.isfinite(loss):
            return math.inf
        if loss < (1 - _LOWER) * self._least:
            return None
        return math.sqrt(max(loss - self._least, 0.0) / self._height) - 1

    def _alone(self, value: float) -> Generator[None, None, float]:
        """Return the loss at a value of the only free parameter."""
        yield
        return self._problem.loss(torch.full_like(self._problem.start, value)).item()

    def _trained(self, value: float) -> Generator[None, None, float]:
        """Return the least loss over the other parameters, which start from those of the last value."""
        parameters = self._problem.parameters
        fixed = replace(parameters, fixed={**parameters.fixed, self._name: value})
        posed = replace(self._problem, parameters=fixed, start=self._others)
        optimizer = make_optimizer("levenberg_marquardt")
        runner = runner_of(posed, optimizer)
        checkpoint = start(posed, optimizer, self._others, runner)
        for chunk in train(posed, optimizer, checkpoint, _MOST_STEPS, _PIECE_SECONDS, runner=runner):
            loss = chunk.checkpoint.loss
            self._others = chunk.checkpoint.parameters
            yield
        return loss

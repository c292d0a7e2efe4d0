"""Confidence intervals by profile likelihood: D. M. Bates and D. G. Watts, "Nonlinear Regression Analysis and Its
Applications", 1988, section 6.1.
"""

import math
from collections.abc import Generator
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.distributions import two_sided
from app.fitting.losses import Poisson, SumOfSquares
from app.fitting.optimizers import make_optimizer
from app.fitting.problem import Problem
from app.fitting.statistics import statistics
from app.fitting.training import start, train

Interval = tuple[float | None, float | None]

_MOST_STEPS = 200
_MOST_TRIALS = 60
_PIECE_SECONDS = 0.1
_PRECISION = 1e-9
"""Of the end of an interval, as a share of its distance from the coefficient."""


def profile_intervals(problem: Problem, parameters: Tensor, level: float) -> Generator[None, None, dict[str, Interval]]:
    """Of each free parameter the values at which the loss, least over all others, is as much larger as `level` says.

    With the minimum S and t the quantile of `nfree` degrees of freedom: S (1 + t^2 / nfree); where sigma is absolute,
    and for counts, S + z^2. None for an end that lies beyond a bound or can't be found, and where there is no
    likelihood: with a robust loss, or no more points than parameters.
    """
    names = problem.parameters.free
    found = statistics(problem, parameters, level)
    least = problem.loss(parameters).item()
    height = _height(problem, least, found.nfree, level)
    intervals: dict[str, Interval] = {}
    for index, name in enumerate(names):
        error = found.stderr[name]
        ends: list[float | None] = []
        for side in (-1.0, 1.0):
            if height is None or error is None or not error > 0:
                ends.append(None)
            else:
                profile = _Profile(problem, parameters, index, least, height)
                ends.append((yield from profile.end(side * error * two_sided(level, None))))
        intervals[name] = (ends[0], ends[1])
    return intervals


def _height(problem: Problem, least: float, nfree: int, level: float) -> float | None:
    """How much larger the loss is at the ends of an interval."""
    if isinstance(problem.loss_function, Poisson):
        return two_sided(level, None) ** 2
    if not isinstance(problem.loss_function, SumOfSquares):
        return None
    if problem.data.sigma_is_absolute:
        return two_sided(level, None) ** 2
    return least * two_sided(level, nfree) ** 2 / nfree if nfree > 0 and least > 0 else None


class _Profile:
    """The least loss at values of one parameter."""

    def __init__(self, problem: Problem, parameters: Tensor, index: int, least: float, height: float) -> None:
        self._problem, self._least, self._height = problem, least, height
        self._name = problem.parameters.free[index]
        self._at = parameters[index].item()
        self._others = torch.cat([parameters[:index], parameters[index + 1 :]])

    def end(self, update: float) -> Generator[None, None, float | None]:
        """Where the loss is `height` above the least, in the direction of the first update."""
        near, far = (0.0, -1.0), (update, math.nan)
        # The root of the excess is nearly linear in the parameter: a secant finds the end in few trials.
        for _ in range(_MOST_TRIALS):
            excess = yield from self._excess(far[0])
            if excess is None:
                return None
            far = (far[0], excess)
            if excess > 0:
                break
            near, far = far, (far[0] * min(2.0, 1.2 / max(excess + 1, 0.1)), math.nan)
        else:
            return None
        while abs(far[0] - near[0]) > _PRECISION * abs(far[0]):
            share = near[1] / (near[1] - far[1])
            tried = near[0] + min(max(share, 0.02), 0.98) * (far[0] - near[0])
            excess = yield from self._excess(tried)
            if excess is None:
                return None
            if abs(excess) < _PRECISION:
                return self._at + tried
            near, far = ((tried, excess), far) if excess < 0 else (near, (tried, excess))
        return self._at + far[0]

    def _excess(self, update: float) -> Generator[None, None, float | None]:
        """Root of the loss above the least, by that of `height`, less 1; None where there is none."""
        value = self._at + update
        parameters = self._problem.parameters
        lower, upper = parameters.lower.get(self._name, -math.inf), parameters.upper.get(self._name, math.inf)
        if not lower <= value <= upper:
            return None
        fixed = replace(parameters, fixed={**parameters.fixed, self._name: value})
        posed = replace(self._problem, parameters=fixed, start=self._others)
        loss = posed.loss(self._others).item()
        if len(self._others):
            optimizer = make_optimizer("levenberg_marquardt")
            begin = start(posed, optimizer, self._others)
            for chunk in train(posed, optimizer, begin, _MOST_STEPS, _PIECE_SECONDS):
                loss = chunk.checkpoint.loss
                self._others = chunk.checkpoint.parameters
                yield
        if not math.isfinite(loss):
            return None
        return math.sqrt(max(loss - self._least, 0.0) / self._height) - 1

"""The least loss as a function of one number, followed from its minimum to where it has risen by so much.

D. M. Bates and D. G. Watts, "Nonlinear Regression Analysis and Its Applications", 1988, section 6.1.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Generator

from torch import Tensor

from app.fitting.optimizers import make_optimizer
from app.fitting.problems.problem import Problem
from app.fitting.training import runner_of, start, train

Interval = tuple[float | None, float | None]
"""The two ends of a confidence interval; an end that was not found is None."""
Pieces = Generator[None, None, float | None]
"""Work that pauses now and then; it returns a number, or None where there is none."""

_MOST_STEPS = 200
_MOST_TRIALS = 60
_PIECE_SECONDS = 0.1
_PRECISION = 1e-10
"""Precision of the end of an interval, as a share of its distance from the minimum."""
_LOWER = 1e-6
"""Share by which a loss must be lower than that of the fit to show that the fit is not at the minimum."""


class Profile(ABC):
    """The least loss as a function of one number, followed from its minimum in one direction."""

    def __init__(self, at: float, least: float, height: float, lowest: float, highest: float) -> None:
        """Follow the loss from `least` at the number `at` to `height` above, between `lowest` and `highest`."""
        self._at, self._least, self._height = at, least, height
        self._lowest, self._highest = lowest - at, highest - at

    @abstractmethod
    def _least_loss(self, value: float) -> Generator[None, None, float]:
        """Return the least loss at a value of the number."""

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
            # The root of the loss is nearly linear in the number.
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
        loss = yield from self._least_loss(self._at + update)
        if not math.isfinite(loss):
            return math.inf
        if loss < (1 - _LOWER) * self._least:
            return None
        return math.sqrt(max(loss - self._least, 0.0) / self._height) - 1


def trained(problem: Problem, begin: Tensor) -> Generator[None, None, tuple[float, Tensor]]:
    """Return the least loss of a problem, and the parameters (free,) there, from start values `begin` (free,)."""
    optimizer = make_optimizer("levenberg_marquardt")
    runner = runner_of(problem, optimizer)
    checkpoint = start(problem, optimizer, begin, runner)
    for chunk in train(problem, optimizer, checkpoint, _MOST_STEPS, _PIECE_SECONDS, runner=runner):
        checkpoint = chunk.checkpoint
        yield
    return checkpoint.loss, checkpoint.parameters

"""Limits by profile likelihood of the x at which a model has a response that was measured."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem, counted
from app.fitting.profile.following import Interval, Profile, trained


@dataclass(frozen=True)
class Measured:
    """A response of which x is asked."""

    y: float
    """The response, or the mean of several, on the scale of the model."""
    share: float
    """Variance of y about the model, as a share of that of a response of weight 1."""
    height: float
    """Rise of the loss at the limits: the square of the quantile, times the variance of a response of weight 1."""


@dataclass(frozen=True)
class Place:
    """The x at which the model has the response, and where its limits may lie."""

    variable: str
    x: float
    step: float
    """Distance at which the limits are looked for first."""
    low: float
    high: float
    held: Mapping[str, float] = field(default_factory=dict)
    """The values of the other variables."""


def profile_limits(
    problem: Problem, parameters: Tensor, measured: Measured, place: Place
) -> Generator[None, None, Interval]:
    """Return the limits of x, at which the loss with y at x as a further point has risen so far.

    `parameters` (free,) are the coefficients, at which the loss is least, and y at the solution itself adds nothing to
    it. With x held elsewhere, all parameters are trained anew. For a straight line the limits are Fieller's
    (C. Osborne, "Statistical Calibration: A Review", 1991). A limit that is not found between `low` and `high` is None.

    It is a generator that pauses about every tenth of a second, and returns the limits at its end.
    """
    problem = counted(problem)
    least = problem.loss(parameters).item()
    if not (measured.height > 0 and measured.share > 0 and place.step > 0):
        return None, None
    ends = []
    for side in (-1, 1):
        profile = _OfX(problem, parameters, least, measured, place)
        ends.append((yield from profile.end(side * place.step)))
    return ends[0], ends[1]


class _OfX(Profile):
    """The least loss of all points and of y at some x, as a function of this x."""

    def __init__(self, problem: Problem, parameters: Tensor, least: float, measured: Measured, place: Place) -> None:
        super().__init__(place.x, least, measured.height, place.low, place.high)
        self._problem, self._parameters = problem, parameters
        self._measured, self._place = measured, place

    def _least_loss(self, value: float) -> Generator[None, None, float]:
        data, values = self._problem.data, {**self._place.held, self._place.variable: value}
        factor = torch.ones_like(data.y) if data.factor is None else data.factor
        further = Data(
            {name: _with(column, values.get(name, 0.0)) for name, column in data.variables.items()},
            _with(data.y, self._measured.y),
            _with(factor, self._measured.share**-0.5),
            data.sigma_is_absolute,
        )
        posed = replace(self._problem, data=further, start=self._parameters)
        loss, self._parameters = yield from trained(posed, self._parameters)
        return loss


def _with(column: Tensor, number: float) -> Tensor:
    return torch.cat([column, column.new_tensor([number])])

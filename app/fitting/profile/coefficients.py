"""Confidence intervals of coefficients by profile likelihood."""

from collections.abc import Generator
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.problem import Problem, counted
from app.fitting.profile.following import Interval, Profile, trained
from app.fitting.statistics.covariance import estimate, standard_errors
from app.fitting.statistics.distributions import two_sided


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
            profile = _OfCoefficient(problem, parameters, index, least, rise * quantile**2)
            ends.append((yield from profile.end(side * quantile * error)))
        intervals[name] = (ends[0], ends[1])
    return intervals


class _OfCoefficient(Profile):
    """The least loss as a function of one parameter."""

    def __init__(self, problem: Problem, parameters: Tensor, index: int, least: float, height: float) -> None:
        lowest, highest = (bound[index].item() for bound in problem.bounds)
        super().__init__(parameters[index].item(), least, height, lowest, highest)
        self._problem, self._name = problem, problem.parameters.free[index]
        self._others = torch.cat([parameters[:index], parameters[index + 1 :]])

    def _least_loss(self, value: float) -> Generator[None, None, float]:
        """Return the least loss over the other parameters, which start from those of the last value."""
        if not len(self._others):
            yield
            return self._problem.loss(torch.full_like(self._problem.start, value)).item()
        parameters = self._problem.parameters
        fixed = replace(parameters, fixed={**parameters.fixed, self._name: value})
        posed = replace(self._problem, parameters=fixed, start=self._others)
        loss, self._others = yield from trained(posed, self._others)
        return loss

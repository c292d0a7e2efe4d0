"""Warnings of many curves at once, in the words that one curve gets."""

from collections.abc import Callable, Collection

import torch
from torch import Tensor

from app.fitting.curves.statistics import CurveStatistics
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import SumOfSquares
from app.fitting.statistics import plain_models, warnings, whiteness
from app.fitting.statistics.summary import FAR_FROM_MINIMUM, scatter_tells


def curve_warnings(problem: CurveProblem, known: CurveStatistics, shared: Collection[str] = ()) -> list[list[str]]:
    """Return the warnings of each curve, from its statistics.

    With `shared` parameters a curve need not be at its own minimum, nor determine all parameters by itself.
    """
    told: list[list[str]] = [[] for _ in range(problem.curves)]
    free, tells = problem.parameters.free, scatter_tells(problem.loss_function, problem.sigma_is_absolute)

    def tell(which: Tensor, words: str) -> None:
        for curve in which.nonzero()[:, 0].tolist():
            told[curve].append(words)

    for name, moves in zip(free, known.moving, strict=True):
        tell(~moves & (name not in shared), warnings.at_bound(name))
    tell(_without_signal(problem), warnings.NO_SIGNAL)
    alone = torch.tensor(not shared)
    tell(alone & (known.nfree <= 0), warnings.NO_DEGREES_OF_FREEDOM)
    singular = alone & known.moving.any(0) & known.condition.isnan()
    for curve in singular.nonzero()[:, 0].tolist():
        names = [name for name, is_lost in zip(free, known.undetermined[:, curve].tolist(), strict=True) if is_lost]
        told[curve].append(warnings.undetermined(names))
    if tells:
        tell(known.is_rounding & (known.nfree > 0), warnings.ROUNDING)
    trusted = ~known.is_rounding
    for curve in (alone & trusted & (known.distance > FAR_FROM_MINIMUM)).nonzero()[:, 0].tolist():
        told[curve].append(warnings.far_from_minimum(known.distance[curve].item()))
    nothing, straight = _plain(problem, known)
    tell(alone & trusted & nothing, warnings.EXPLAINS_NOTHING)
    tell(alone & trusted & straight & ~nothing, warnings.STRAIGHT_LINE)
    alike = _autocorrelations(problem, known.residual)
    white = alike * known.ndata.double().sqrt() <= whiteness.FAR
    for curve in (trusted & ~white & (known.ndata >= whiteness.LEAST_POINTS)).nonzero()[:, 0].tolist():
        told[curve].append(warnings.alike_neighbours(alike[curve].item()))
    return told


def _without_signal(problem: CurveProblem) -> Tensor:
    """Tell of which curves y is the same at all points that count, (curves,); of none where the model is linear."""
    low = torch.where(problem.counting, problem.y, torch.inf).amin(0)
    high = torch.where(problem.counting, problem.y, -torch.inf).amax(0)
    return (low == high) & (problem.ndata > 1) & (not problem.is_linear)


def _plain(problem: CurveProblem, known: CurveStatistics) -> tuple[Tensor, Tensor]:
    """Tell of which curves a constant says as much, and of which a straight line, (curves,) each."""
    none = torch.zeros_like(known.is_rounding)
    if not isinstance(problem.loss_function, SumOfSquares) or problem.is_linear:
        return none, none
    asked = known.moving.all(0) & (known.nvarys >= 2)
    weight = torch.ones_like(problem.y, dtype=torch.float64)
    if problem.factor is not None:
        weight = problem.factor.double().square().expand_as(weight)
    of_constant = plain_models.squares_about_constant(problem.y, weight)
    nothing = _of_each(plain_models.explains_nothing, known, of_constant) & asked
    if len(problem.variables) != 1:
        return nothing, none
    x = next(iter(problem.variables.values())).expand_as(problem.y)
    of_line = plain_models.squares_about_line(x, problem.y, weight)
    straight = _of_each(_is_no_better_than_a_line, known, of_line)
    return nothing, straight & asked & (known.nvarys >= 3)


def _is_no_better_than_a_line(chisqr: float, nvarys: int, of_line: float, points: int) -> bool:
    return plain_models.is_no_better(chisqr, nvarys, of_line, 2, points)


def _of_each(tells: Callable[[float, int, float, int], bool], known: CurveStatistics, of_plain: Tensor) -> Tensor:
    """Return what is told of each curve from its chisqr, nvarys, that of a plain model, and ndata."""
    numbers = (known.chisqr, known.nvarys, of_plain, known.ndata)
    told = [tells(*of_one) for of_one in zip(*(column.tolist() for column in numbers), strict=True)]
    return torch.tensor(told, device=of_plain.device)


def _autocorrelations(problem: CurveProblem, residual: Tensor) -> Tensor:
    """Return the lag-1 autocorrelation of the residuals of each curve in the order of x, (curves,); 0 for several x."""
    if len(problem.variables) != 1:
        return residual.new_zeros(problem.curves)
    # Points that do not count have a residual of 0: last, they add nothing to the sums.
    x = torch.where(problem.counting, next(iter(problem.variables.values())), torch.inf)
    if not bool((x[1:] >= x[:-1]).all()):
        residual = residual.gather(0, x.argsort(dim=0, stable=True))
    total = residual.square().sum(0)
    return torch.where(total > 0, (residual[1:] * residual[:-1]).sum(0) / total, 0.0)

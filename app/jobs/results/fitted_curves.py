"""Curves of a fit with their coefficients and what is known of them, some at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor

from app.fitting.curves.statistics import CurveStatistics, curve_statistics
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.data import Data
from app.fitting.problems.losses import needs_threshold
from app.fitting.statistics.bands import Uncertainty
from app.jobs.data.columns import StoredData
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.fit.curve_blocks import curves_at_once
from app.jobs.fit.problem import padded_columns, problem_of, with_threshold
from app.jobs.results.fitted import (
    DID_NOT_SUCCEED,
    NOT_KEPT,
    FittedModel,
    beside_others,
    data_of,
    estimates_variance,
    fitted_model,
    own_data,
    threshold_of,
)
from app.jobs.store.curve_labels import curves_labelled
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.status import Status

_NO_COEFFICIENTS = "this curve has no coefficients: see its reason"
_NOT_DETERMINED = "this curve has no covariance: its points do not determine all parameters, or are too few"

Row = dict[str, Any]
"""The result of a curve, as `app.jobs.data.curve_results.rows` returns it."""


@dataclass(frozen=True)
class FittedCurves:
    """Some curves, and what is known of their coefficients; tensors are float64."""

    numbers: list[int | None]
    """Number of each curve; None for the only one of a fit."""
    labels: list[str | None]
    parameters: Parameters
    free: Tensor
    """Coefficients of the free parameters, (free, curves); NaN where a curve has none."""
    covariance: Tensor
    """Their covariance, (curves, free, free); NaN where there is none."""
    moving: Tensor
    """Whether they move, and are not held by a bound, (free, curves)."""
    degrees_of_freedom: list[int | None]
    """Degrees of freedom of Student's t; None: intervals are those of the normal distribution."""
    response_variance: list[float | None]
    """Variance of a response of weight 1 about the curve; None for counts, whose variance is their mean."""
    reasons: list[str | None]
    """Why a curve has no covariance, in words; None where it has one."""
    data: Callable[[int], Data]
    """Returns the data of the curve at a place."""
    statistics: "OfKnown | None" = None
    """The statistics of many curves."""

    def column(self, variable: str) -> Tensor:
        """Return the values of a variable at the points of these curves, (points,)."""
        return torch.cat([self.data(place).variables[variable].double() for place in range(len(self.numbers))])

    def uncertainty(self, place: int) -> Uncertainty | None:
        """Return the uncertainty of the curve at a place; None where there is no covariance."""
        if self.reasons[place] is not None:
            return None
        moves = self.moving[:, place]
        names = [name for name, is_moving in zip(self.parameters.free, moves.tolist(), strict=True) if is_moving]
        covariance = self.covariance[place][moves][:, moves]
        return Uncertainty(names, covariance, self.response_variance[place], self.degrees_of_freedom[place])


@dataclass(frozen=True)
class OfKnown:
    """The statistics of those curves that can have some."""

    problem: CurveProblem
    """The problem of these curves alone."""
    free: Tensor
    """Their coefficients, (free, known)."""
    places: list[int]
    """The place of each among all."""

    @cached_property
    def numbers(self) -> CurveStatistics:
        """Return the statistics, (known,) each."""
        return curve_statistics(self.problem, self.free)


def only_curve(store: Store, record: FitRecord) -> FittedCurves:
    """Return the curve of a fit that has only one. Raises NoResultError if it has no coefficients."""
    model = fitted_model(store, record, None)
    covariance, moving = _embedded(model)
    known = model.uncertainty
    return FittedCurves(
        [None],
        [None],
        model.parameters,
        model.free[:, None],
        covariance[None],
        moving[:, None],
        [None if known is None else known.degrees_of_freedom],
        [None if known is None else known.response_variance],
        [model.without_covariance if known is None else None],
        lambda _place: own_data(store, record, None),
    )


def page_of(
    store: Store, record: FitRecord, curves: Sequence[int | str] | Literal["all"], after: int, limit: int
) -> tuple[list[Row], bool]:
    """Return the results of the wanted curves of a fit of many, in the order of the data, and whether more follow.

    `curves` are numbers and labels; of "all" only those after the number `after` count, at most `limit`. Raises
    InvalidRequestError at `curves` if the fit has only one or several have a label, and CurveNotFoundError if there is
    no such curve.
    """
    if record.fit.curves is None:
        raise InvalidRequestError([WrongField(("curves",), "the fit has one curve only: leave it out")])
    if curves == "all":
        return store.curves.ended_from(record.number, after + 1, limit)
    labels = [name for name in curves if isinstance(name, str)]
    numbers = {number for number in curves if isinstance(number, int)}
    numbers.update(curves_labelled(store, record, labels, "curves"))
    return [store.curves.one(record, number) for number in sorted(numbers)], False


def batches(store: Store, record: FitRecord, results: Sequence[Row]) -> Iterator[FittedCurves]:
    """Yield the curves of these results, some at a time that stand side by side."""
    target = record.fit.target
    # A function has one curve, of which there are no such results.
    size = curves_at_once(target, 1) if isinstance(target, StoredData) else 1
    for side_by_side in _runs(results, size):
        yield _batch(store, record, side_by_side)


def _runs(results: Sequence[Row], most: int) -> Iterator[list[Row]]:
    """Yield up to so many results at a time of curves that stand side by side."""
    run: list[Row] = []
    for row in results:
        if run and (row["curve"] != run[-1]["curve"] + 1 or len(run) == most):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def _embedded(model: FittedModel) -> tuple[Tensor, Tensor]:
    """Return the covariance (free, free) of all free parameters, and which of them move, (free,)."""
    free, known = model.parameters.free, model.uncertainty
    if known is None:
        return torch.full((len(free), len(free)), torch.nan, dtype=torch.float64), torch.ones(
            len(free), dtype=torch.bool
        )
    return _spread(free, known.names, known.covariance), torch.tensor([name in known.names for name in free])


def _spread(free: Sequence[str], names: Sequence[str], covariance: Tensor) -> Tensor:
    """Return the covariance (free, free) of all free parameters, given that of those in `names`."""
    places = torch.tensor([free.index(name) for name in names])
    of_all = torch.zeros(len(free), len(free), dtype=torch.float64)
    of_all[places[:, None], places] = covariance
    return of_all


def _batch(store: Store, record: FitRecord, results: list[Row]) -> FittedCurves:
    """Return curves side by side, with covariances that are worked out from their data."""
    curves = range(results[0]["curve"], results[-1]["curve"] + 1)
    fit, arrays = data_of(store, record, curves)
    problem = problem_of(fit, padded_columns(fit, arrays), record.formula or "")
    reasons = [_reason(record, row) for row in results]
    places = [place for place, reason in enumerate(reasons) if reason is None]
    free, size = _free(problem.parameters, results), len(problem.parameters.free)
    together = FittedCurves(
        list(curves),
        [row["label"] for row in results],
        problem.parameters,
        free,
        free.new_full((len(results), size, size), torch.nan),
        torch.ones_like(free, dtype=torch.bool),
        [None] * len(results),
        [None] * len(results),
        reasons,
        lambda place: problem.alone(place).data,
    )
    if not places:
        return together
    known = torch.tensor(places)
    posed = _with_known_threshold(record, problem, results).take(known)
    of_known = OfKnown(posed, free[:, known].to(problem.y.dtype), places)
    return _beside_others(record, together, of_known) if record.fit.shared else _alone(record, together, of_known)


def _alone(record: FitRecord, curves: FittedCurves, known: OfKnown) -> FittedCurves:
    """Return curves with what is known of them, each by itself."""
    numbers = known.numbers
    estimated = estimates_variance(record.fit)
    for index, place in enumerate(known.places):
        curves.covariance[place], curves.moving[:, place] = numbers.covariance[index], numbers.moving[:, index]
        variance = numbers.response_variance[index].item()
        curves.response_variance[place] = None if record.fit.loss.name == "poisson" else variance
        curves.degrees_of_freedom[place] = int(numbers.nfree[index]) if estimated else None
    regular = numbers.covariance.isfinite().all(2).all(1).tolist()
    for place in (place for place, is_regular in zip(known.places, regular, strict=True) if not is_regular):
        curves.reasons[place] = _NOT_DETERMINED
    return replace(curves, statistics=known)


def _beside_others(record: FitRecord, curves: FittedCurves, known: OfKnown) -> FittedCurves:
    """Return curves with what all curves together say of them."""
    for index, place in enumerate(known.places):
        joint = beside_others(record, known.problem.alone(index), known.free[:, index])
        if joint is None or joint.covar is None:
            curves.reasons[place] = _NOT_DETERMINED
            continue
        covariance = torch.tensor(joint.covar, dtype=torch.float64).reshape(2 * [len(joint.var_names)])
        free = curves.parameters.free
        curves.covariance[place] = _spread(free, joint.var_names, covariance)
        curves.moving[:, place] = torch.tensor([name in joint.var_names for name in free])
        curves.response_variance[place] = joint.response_variance
        curves.degrees_of_freedom[place] = joint.nfree if estimates_variance(record.fit) else None
    return replace(curves, statistics=known)


def _free(parameters: Parameters, results: list[Row]) -> Tensor:
    """Return the coefficients of the free parameters, (free, curves), NaN where there is none."""
    numbers = [[row["coefficients"][name] for row in results] for name in parameters.free]
    return torch.tensor(
        [[torch.nan if number is None else number for number in row] for row in numbers], dtype=torch.float64
    )


def _with_known_threshold(record: FitRecord, problem: CurveProblem, results: list[Row]) -> CurveProblem:
    if not needs_threshold(record.fit.loss.name):
        return problem
    # Of a curve without a threshold nothing is worked out.
    thresholds = [threshold_of(record, row) or 1.0 for row in results]
    return with_threshold(record.fit, problem, problem.y.new_tensor(thresholds))


def _reason(record: FitRecord, row: Row) -> str | None:
    """Return why a curve can't have a covariance, in words."""
    if None in row["coefficients"].values():
        return _NO_COEFFICIENTS
    if row["status"] == Status.FAILED:
        return DID_NOT_SUCCEED
    return NOT_KEPT if needs_threshold(record.fit.loss.name) and threshold_of(record, row) is None else None

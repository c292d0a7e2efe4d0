"""Curves of a fit with their coefficients and the covariance of these, some at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves.standard_errors import covariances
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import needs_threshold
from app.jobs.data.columns import StoredData
from app.jobs.fit.curve_blocks import curves_at_once
from app.jobs.fit.problem import padded_columns, problem_of, with_threshold
from app.jobs.results.fitted import (
    DID_NOT_SUCCEED,
    NOT_KEPT,
    FittedModel,
    data_of,
    estimates_variance,
    fitted_model,
    own_data,
)
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
    free: Tensor
    """Coefficients of the free parameters, (free, curves); NaN where a curve has none."""
    covariance: Tensor
    """Their covariance, (curves, free, free); NaN where there is none."""
    moving: Tensor
    """Whether they move, and are not held by a bound, (free, curves)."""
    degrees_of_freedom: list[int | None]
    """Degrees of freedom of Student's t; None: intervals are those of the normal distribution."""
    reasons: list[str | None]
    """Why a curve has no covariance, in words; None where it has one."""
    column: Callable[[str], Tensor]
    """Returns the values of a variable at the points of these curves, (points,)."""


def only_curve(store: Store, record: FitRecord) -> FittedCurves:
    """Return the curve of a fit that has only one. Raises NoResultError if it has no coefficients."""
    model = fitted_model(store, record, None)
    return _of_models(store, record, [None], [None], [model])


def batches(store: Store, record: FitRecord, results: Sequence[Row]) -> Iterator[FittedCurves]:
    """Yield the curves of these results, some at a time that stand side by side."""
    target = record.fit.target
    if not isinstance(target, StoredData):
        raise TypeError("only data have many curves")
    size = 1 if record.fit.shared else curves_at_once(target, 1)
    for side_by_side in _runs(results, size):
        if record.fit.shared and _has_coefficients(side_by_side[0]):
            model = fitted_model(store, record, side_by_side[0]["curve"])
            numbers, labels = [row["curve"] for row in side_by_side], [row["label"] for row in side_by_side]
            yield _of_models(store, record, numbers, labels, [model])
        else:
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


def _of_models(
    store: Store,
    record: FitRecord,
    numbers: list[int | None],
    labels: list[str | None],
    models: Sequence[FittedModel],
) -> FittedCurves:
    """Return curves that are known one by one; they are few."""
    known = [_embedded(model) for model in models]
    return FittedCurves(
        numbers,
        labels,
        torch.stack([model.free for model in models], dim=1),
        torch.stack([covariance for covariance, _ in known]),
        torch.stack([moving for _, moving in known], dim=1),
        [None if model.uncertainty is None else model.uncertainty.degrees_of_freedom for model in models],
        [model.without_covariance if model.uncertainty is None else None for model in models],
        lambda variable: torch.cat([own_data(store, record, curve).variables[variable].double() for curve in numbers]),
    )


def _embedded(model: FittedModel) -> tuple[Tensor, Tensor]:
    """Return the covariance (free, free) of all free parameters, and which of them move, (free,)."""
    free, known = model.parameters.free, model.uncertainty
    if known is None:
        return torch.full((len(free), len(free)), torch.nan, dtype=torch.float64), torch.ones(
            len(free), dtype=torch.bool
        )
    places = torch.tensor([free.index(name) for name in known.names])
    covariance = torch.zeros(len(free), len(free), dtype=torch.float64)
    covariance[places[:, None], places] = known.covariance
    return covariance, torch.tensor([name in known.names for name in free])


def _batch(store: Store, record: FitRecord, results: list[Row]) -> FittedCurves:
    """Return curves side by side, with covariances that are worked out from their data."""
    curves = range(results[0]["curve"], results[-1]["curve"] + 1)
    fit, arrays = data_of(store, record, curves)
    problem = problem_of(fit, padded_columns(fit, arrays), record.formula or "")
    free = _free(problem.parameters, results)
    covariance = free.new_full((len(results), len(free), len(free)), torch.nan)
    moving = torch.ones_like(free, dtype=torch.bool)
    reasons = [_reason(record, row) for row in results]
    known = torch.tensor([index for index, reason in enumerate(reasons) if reason is None], dtype=torch.int64)
    nfree = problem.ndata.clone()
    if len(known):
        problem = _with_known_threshold(record, problem).take(known)
        covariance[known], moving[:, known] = covariances(problem, free[:, known].to(problem.y.dtype))
    nfree -= moving.sum(0)
    for index in known.tolist():
        held = ~moving[:, index]
        covariance[index, held] = covariance[index, :, held] = 0.0
        if not bool(covariance[index].isfinite().all()):
            reasons[index] = _NOT_DETERMINED
    return FittedCurves(
        list(curves),
        [row["label"] for row in results],
        free,
        covariance,
        moving,
        nfree.tolist() if estimates_variance(record.fit) else [None] * len(results),
        reasons,
        lambda variable: problem.variables[variable].double().flatten(),
    )


def _free(parameters: Parameters, results: list[Row]) -> Tensor:
    """Return the coefficients of the free parameters, (free, curves), NaN where there is none."""
    numbers = [[row["coefficients"][name] for row in results] for name in parameters.free]
    return torch.tensor(
        [[torch.nan if number is None else number for number in row] for row in numbers], dtype=torch.float64
    )


def _with_known_threshold(record: FitRecord, problem: CurveProblem) -> CurveProblem:
    threshold = record.fit.loss.threshold
    if not isinstance(threshold, int | float):
        return problem
    return with_threshold(record.fit, problem, torch.full_like(problem.y[0], threshold))


def _reason(record: FitRecord, row: Row) -> str | None:
    """Return why a curve can't have a covariance, in words."""
    if not _has_coefficients(row):
        return _NO_COEFFICIENTS
    if row["status"] == Status.FAILED:
        return DID_NOT_SUCCEED
    is_settled = isinstance(record.fit.loss.threshold, int | float)
    return NOT_KEPT if needs_threshold(record.fit.loss.name) and not is_settled else None


def _has_coefficients(row: Row) -> bool:
    return None not in row["coefficients"].values()

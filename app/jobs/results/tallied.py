"""What a comparison needs of stored fits of the same data, curve by curve."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves.tallies import tallies
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.statistics.comparison import Likelihood, Tally
from app.fitting.statistics.nesting import FittedFormula
from app.jobs.data.columns import StoredData
from app.jobs.data.curve_results import rows
from app.jobs.fit.curve_blocks import curves_at_once
from app.jobs.fit.problem import padded_columns, problem_of
from app.jobs.results.fitted import data_of
from app.jobs.results.same_data import check_same
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.status import Status


@dataclass(frozen=True)
class TalliedCurve:
    """One curve, as all fits see it."""

    number: int
    label: str | None
    tallies: list[Tally] | None
    """The tally of each fit; None where the curve has failed in one of them."""


def likelihood(records: Sequence[FitRecord]) -> Likelihood:
    """Return the kind of likelihood that the loss of the fits is."""
    fit = records[0].fit
    if fit.loss.name == "poisson":
        return Likelihood.COUNTS
    return Likelihood.ABSOLUTE if fit.sigma_is_absolute else Likelihood.ESTIMATED


def tallied(store: Store, records: Sequence[FitRecord]) -> Iterator[TalliedCurve]:
    """Yield each curve of the fits; the only curve of a fit has the number 0.

    Raises InvalidRequestError, at the fit of the request, where its numbers are not those of the first.
    """
    fit = records[0].fit
    total = fit.curves or 1
    size = curves_at_once(fit.target, 1) if isinstance(fit.target, StoredData) and fit.curves is not None else 1
    for first in range(0, total, size):
        yield from _block(store, records, range(first, min(first + size, total)))


def fitted_formulas(
    store: Store, records: Sequence[FitRecord], curve: int
) -> tuple[list[FittedFormula], dict[str, Tensor]]:
    """Return the model of each fit, with the coefficients of a curve that has succeeded in all, and its variables."""
    block = range(curve, curve + 1)
    fitted, variables = [], dict[str, Tensor]()
    for record in records:
        problem = _posed(store, record, block)
        free = _free(problem, [_rows(store, record, block)[curve]])[:, 0]
        fitted.append(FittedFormula(problem.formula, problem.parameters, free, frozenset(record.fit.shared)))
        variables |= {name: column[:, 0] for name, column in problem.variables.items()}
    return fitted, variables


def _block(store: Store, records: Sequence[FitRecord], block: range) -> Iterator[TalliedCurve]:
    """Yield curves that stand side by side."""
    problems = [_posed(store, record, block) for record in records]
    for place, problem in enumerate(problems[1:], start=1):
        check_same(place, problems[0], problem)
    results = [_rows(store, record, block) for record in records]
    good = [number for number in block if all(_has_succeeded(of_fit.get(number)) for of_fit in results)]
    chosen = torch.tensor([number - block.start for number in good], dtype=torch.int64)
    by_fit = [
        tallies(problem.take(chosen), _free(problem, [of_fit[number] for number in good]))
        for problem, of_fit in zip(problems, results, strict=True)
        if good
    ]
    of_curves = dict(zip(good, zip(*by_fit, strict=True), strict=True))
    for number in block:
        found = of_curves.get(number)
        yield TalliedCurve(number, results[0].get(number, {}).get("label"), None if found is None else list(found))


def _posed(store: Store, record: FitRecord, block: range) -> CurveProblem:
    """Return the problem of some curves in float64, or that of the only one."""
    fit, arrays = data_of(store, record, None if record.fit.curves is None else block)
    fit = replace(fit, dtype="float64")
    return problem_of(fit, padded_columns(fit, arrays), record.formula or "")


def _rows(store: Store, record: FitRecord, block: range) -> dict[int, dict[str, Any]]:
    """Return label, status and coefficients of the curves that have ended, by number."""
    if record.fit.curves is None:
        if record.result is None:
            return {}
        return {0: {"label": None, "status": record.status, "coefficients": record.result.coefficients}}
    return {row["curve"]: row for row in rows(store.curves.tables(record.number, block.start, len(block)))}


def _has_succeeded(row: dict[str, Any] | None) -> bool:
    return row is not None and row["status"] == Status.SUCCEEDED


def _free(problem: CurveProblem, results: list[dict[str, Any]]) -> Tensor:
    """Return the coefficients of the free parameters, (free, curves)."""
    names = problem.parameters.free
    return problem.start.new_tensor([[row["coefficients"][name] for row in results] for name in names])

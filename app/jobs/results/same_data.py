"""Whether fits are of the same data, with the same loss, so that they can be compared."""

from collections.abc import Sequence

import torch
from torch import Tensor

from app.fitting.problems.curve_problem import CurveProblem
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.store.records import FitRecord

_SAME_WEIGHT = 1e-9
"""Share by which weights may differ that were given as sigma in one fit, and as weights in another."""


def check_ended(record: FitRecord) -> None:
    """Raise NoResultError for a fit that can't be compared because it has not ended, or not with coefficients."""
    if not record.ended:
        raise NoResultError(f"{record.id} has not ended yet: it is {record.status}")
    if record.result is None or record.formula is None or (record.fit.curves is None and not record.result.statistics):
        raise NoResultError(f"{record.id} did not succeed: see its reason")


def check_alike(records: Sequence[FitRecord]) -> None:
    """Raise InvalidRequestError for fits that differ from the first in what they are fits of, beside the numbers."""
    first = records[0]
    if first.fit.loss.name not in ("squares", "poisson"):
        robust = "a robust loss is no likelihood: only fits by squares or poisson can be compared"
        raise InvalidRequestError([WrongField(("fits", 0), robust)])
    wrong = []
    for place, record in enumerate(records[1:], start=1):
        words = _difference(first, record)
        if words is not None:
            wrong.append(WrongField(("fits", place), f"it can't be compared with the first: {words}"))
    if wrong:
        raise InvalidRequestError(wrong)


def _difference(first: FitRecord, other: FitRecord) -> str | None:
    ours, theirs = first.fit, other.fit
    if theirs.loss.name != ours.loss.name:
        return f"its loss is {theirs.loss.name}, not {ours.loss.name}"
    if theirs.response != ours.response:
        return f"its response is {theirs.response or 'y'}, not {ours.response or 'y'}"
    if theirs.sigma_is_absolute != ours.sigma_is_absolute:
        return "sigma is absolute in one of both only"
    if theirs.curves != ours.curves:
        return f"its curves are {theirs.curves or 1}, not {ours.curves or 1}"
    if theirs.target.points != ours.target.points:
        return f"it has {theirs.target.points} points, not {ours.target.points}"
    if not {*theirs.variables} & {*ours.variables}:
        return f"its predictor variables have other names, {', '.join(theirs.variables)}"
    return None


def check_same(place: int, first: CurveProblem, other: CurveProblem) -> None:
    """Raise InvalidRequestError at a fit of the request whose numbers differ from those of the first."""
    name = _other_column(first, other)
    if name is not None:
        words = f"it can't be compared with the first: its {name} are other numbers"
        raise InvalidRequestError([WrongField(("fits", place), words)])


def _other_column(first: CurveProblem, other: CurveProblem) -> str | None:
    if not torch.equal(first.counts, other.counts):
        return "points"
    if not torch.equal(first.y, other.y):
        return "y"
    for name in first.variables.keys() & other.variables.keys():
        if not torch.equal(_whole(first.variables[name], first.y), _whole(other.variables[name], other.y)):
            return name
    ours, theirs = (_factor(problem) for problem in (first, other))
    return None if torch.allclose(ours, theirs, rtol=_SAME_WEIGHT, atol=0) else "sigma or weights"


def _factor(problem: CurveProblem) -> Tensor:
    return torch.ones_like(problem.y) if problem.factor is None else _whole(problem.factor, problem.y)


def _whole(column: Tensor, y: Tensor) -> Tensor:
    return column.expand_as(y)

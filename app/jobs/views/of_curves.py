"""Small pictures of many curves: in the order of the data, or first those with which something is wrong."""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, parse
from app.fitting.statistics import bands
from app.jobs.data.curve_results import rows
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.fit.problem import columns_of
from app.jobs.results.curve_rows import with_statistics
from app.jobs.results.fitted import data_of
from app.jobs.results.fitted_curves import FittedCurves, Row, batches
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.points import Points, grid, listed
from app.schemas.status import Reason, Status

Order = Literal["number", "worst"]

_FAILED, _DOUBTFUL, _FITTED = range(3)


def views_of(store: Store, record: FitRecord, offset: int, limit: int, points: int, order: Order) -> dict[str, Any]:
    """Return the fields of `app.schemas.view.CurveViewPage`, each curve with at most so many points.

    Raises InvalidRequestError if the fit has only one curve.
    """
    if record.fit.curves is None:
        raise InvalidRequestError([WrongField(("sort",), "the fit has one curve only: ask for its view")])
    page, has_more = _page(store, record, offset, limit, order)
    known = {row["curve"]: row for row in with_statistics(store, record, sorted(page, key=lambda row: row["curve"]))}
    pictures = {picture["curve"]: picture for picture in _pictures(store, record, page, points)}
    data = [_described(known[row["curve"]]) | pictures[row["curve"]] for row in page]
    return {"object": "list", "data": data, "offset": offset, "has_more": has_more}


def _page(store: Store, record: FitRecord, offset: int, limit: int, order: Order) -> tuple[list[Row], bool]:
    if order == "number":
        page = rows(store.curves.tables(record.number, offset, limit))
        behind, _ = store.curves.ended_from(record.number, offset + limit, 1)
        return page, bool(behind)
    numbers = worst_first(store, record)
    page = [store.curves.one(record, number) for number in numbers[offset : offset + limit].tolist()]
    return page, len(numbers) > offset + limit


def worst_first(store: Store, record: FitRecord) -> Tensor:
    """Return the numbers of the curves that have ended, (ended,): failed ones, then those that did not converge, then
    by the share of the variance of y that the model leaves unexplained.
    """
    tables = [table.select(["curve", "status", "reason", "final_loss"]) for table in store.curves.tables(record.number)]
    if not tables:
        return torch.zeros(0, dtype=torch.int64)
    ended = pa.concat_tables(tables)
    number = torch.from_numpy(ended["curve"].to_numpy().astype(np.int64))
    is_failed = np.asarray(ended["status"].to_pylist()) == Status.FAILED
    is_doubtful = np.asarray(ended["reason"].to_pylist()) != Reason.CONVERGED
    rank = torch.from_numpy(np.where(is_failed, _FAILED, np.where(is_doubtful, _DOUBTFUL, _FITTED)))
    loss = torch.from_numpy(ended["final_loss"].to_numpy(zero_copy_only=False).astype(np.float64))
    unexplained = (loss / _spread(store, record)[number]).nan_to_num(nan=torch.inf)
    order = torch.argsort(unexplained, descending=True, stable=True)
    return number[order[torch.argsort(rank[order], stable=True)]]


def _spread(store: Store, record: FitRecord) -> Tensor:
    """Return the weighted sum of squares of y about its mean of each curve, (curves,)."""
    fit, arrays = data_of(store, record, None)
    columns = columns_of(fit.target, arrays, "float64")
    curve = torch.repeat_interleave(torch.arange(len(columns.counts)), columns.counts)
    y = columns.y.double()
    weight = torch.ones_like(y) if columns.factor is None else columns.factor.double().square()
    if len(weight) != len(y):
        weight = weight.repeat(len(columns.counts))
    zero = torch.zeros(len(columns.counts), dtype=torch.float64)
    mean = zero.index_add(0, curve, weight * y) / zero.index_add(0, curve, weight)
    return zero.index_add(0, curve, weight * (y - mean[curve]).square())


def _pictures(store: Store, record: FitRecord, page: list[Row], most: int) -> Iterator[dict[str, Any]]:
    """Yield points and line of each curve of a page."""
    formula = parse(record.formula or "", record.fit.variables)
    for curves in batches(store, record, sorted(page, key=lambda row: row["curve"])):
        for place, number in enumerate(curves.numbers):
            yield {"curve": number, **_picture(formula, curves, place, most)}


def _picture(formula: Formula, curves: FittedCurves, place: int, most: int) -> dict[str, Any]:
    data, free = curves.data(place), curves.free[:, place]
    name, x = next((name, column.double()) for name, column in data.variables.items())
    has_coefficients = bool(free.isfinite().all())
    shown = Points.of(data, x, None).thinned(most)
    if not has_coefficients or not len(x) or len(data.variables) > 1:
        return {"points": shown.to_json(has_sigma=False), "line": None}
    at = grid(x.min().item(), x.max().item(), most)
    values, _ = bands.predict(formula, curves.parameters, free, {name: at}, None, 0.5)
    return {"points": shown.to_json(has_sigma=False), "line": {"x": at.tolist(), "y": listed(values)}}


def _described(row: Row) -> dict[str, Any]:
    """Return what is known of a curve in numbers and words."""
    statistics = row["statistics"] or {}
    fields = ("curve", "label", "status", "reason", "message", "coefficients", "stderr")
    return {name: row[name] for name in fields} | {
        "rsquared": statistics.get("rsquared"),
        "warnings": [*row["warnings"], *statistics.get("warnings", ())],
    }

"""The results of curves as they are read: with statistics, warnings and the reason of the end in words."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from torch import Tensor

from app.fitting.curves.statistics import CurveStatistics
from app.fitting.curves.warnings import curve_warnings
from app.fitting.problems.losses import needs_threshold
from app.fitting.statistics.covariance import correlations
from app.fitting.statistics.distributions import two_sided
from app.fitting.statistics.summary import interval
from app.jobs.data.curve_results import COUNTS, NUMBERS, rows, with_columns, with_threshold_column
from app.jobs.results.fitted_curves import FittedCurves, Row, batches
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.status import Reason

_OF_ALL_CURVES = ("redchi", "chi2_pvalue", "adjusted_rsquared", "aic", "aicc", "bic", "condition")
"""Numbers that a curve which shares parameters has not got by itself."""

_ENDS = {
    Reason.CONVERGED: "it is at a minimum",
    Reason.SINGULAR: "it is at a minimum, but the data do not determine all parameters",
    Reason.MAX_STEPS: "all {steps} steps that were allowed are done, and it may not be at a minimum yet: allow more",
    Reason.TIMEOUT: "its time was up after {steps} steps: allow more with `max_seconds`",
    Reason.CANCELLED: "it was cancelled after {steps} steps",
    Reason.DIVERGED: (
        "loss or parameters grew beyond all numbers after step {steps}: take other start values, bounds, or a smaller "
        "learning rate"
    ),
    Reason.NONFINITE: (
        "the loss or a derivative of the model is no finite number after step {steps}: look at this curve's data, or "
        "take start values and bounds at which the model has a value"
    ),
}


def with_statistics(store: Store, record: FitRecord, results: Sequence[Row]) -> Iterator[Row]:
    """Yield each of these results with `statistics`, None for a curve that has none, and a `message`."""
    page = iter(results)
    for curves in batches(store, record, results):
        statistics = _statistics_of(record, curves)
        for place in range(len(curves.numbers)):
            row = next(page)
            known = statistics.get(place)
            yield {**row, "message": _message(row), "statistics": known and _with_intervals(record, known, row)}


def tables_of(store: Store, record: FitRecord, tables: Iterable[pa.Table], statistics: bool) -> Iterator[pa.Table]:
    """Yield tables of results, all with the same columns, and on request with `statistics` as further ones."""
    for table in tables:
        wide = with_threshold_column(table) if needs_threshold(record.fit.loss.name) else table
        if statistics:
            results = list(with_statistics(store, record, rows([table])))
            wide = with_columns(wide, list(record.fit.parameters), results)
        yield wide


def _message(row: Row) -> str:
    reason = Reason(row["reason"])
    return _ENDS.get(reason, reason.sentence).format(steps=row["steps"])


def _statistics_of(record: FitRecord, curves: FittedCurves) -> dict[int, dict[str, Any]]:
    """Return the fields of `app.schemas.result.Statistics`, but for errors and intervals, by place."""
    if curves.statistics is None:
        return {}
    numbers = curves.statistics.numbers
    columns = {name: _finite(getattr(numbers, name)) for name in NUMBERS}
    counts = {name: getattr(numbers, name).tolist() for name in COUNTS}
    warned = curve_warnings(curves.statistics.problem, numbers, record.fit.shared)
    found = {}
    for index, place in enumerate(curves.statistics.places):
        known = curves.uncertainty(place)
        of_one = {name: column[index] for name, column in (columns | counts).items()} | {"warnings": warned[index]}
        if record.fit.shared:
            of_one |= dict.fromkeys(_OF_ALL_CURVES) | _of_all(record)
        names = _moving(numbers, curves, index) if known is None else list(known.names)
        found[place] = of_one | {
            "var_names": names,
            "covar": None if known is None else known.covariance.tolist(),
            "correl": None if known is None else correlations(known.covariance),
            "degrees_of_freedom": curves.degrees_of_freedom[place],
        }
    return found


def _of_all(record: FitRecord) -> dict[str, Any]:
    """Return the degrees of freedom of a global fit: of all curves together."""
    joint = None if record.result is None else record.result.statistics
    return {} if joint is None else {"nfree": joint.nfree}


def _moving(numbers: CurveStatistics, curves: FittedCurves, index: int) -> list[str]:
    moves = numbers.moving[:, index].tolist()
    return [name for name, is_moving in zip(curves.parameters.free, moves, strict=True) if is_moving]


def _with_intervals(record: FitRecord, known: dict[str, Any], row: Row) -> dict[str, Any]:
    """Return the statistics of a curve with the errors that are kept, and the intervals that follow from these."""
    degrees_of_freedom, level = known.pop("degrees_of_freedom"), record.fit.confidence.level
    stderr, coefficients = row["stderr"], row["coefficients"]
    usable = degrees_of_freedom is None or degrees_of_freedom > 0
    quantile = two_sided(level, degrees_of_freedom) if usable else math.nan
    intervals = {
        name: None if error is None else interval(coefficients[name], quantile * error)
        for name, error in stderr.items()
    }
    return known | {"stderr": stderr, "confidence_level": level, "confidence_intervals": intervals}


def _finite(column: Tensor) -> list[float | None]:
    return [number if math.isfinite(number) else None for number in column.tolist()]

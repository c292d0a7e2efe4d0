"""Results of many curves as Arrow tables: the form in which they are stored, sliced and downloaded."""

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import ArrayLike

from app.fitting.training import SUCCEEDED
from app.jobs.data.csv_labels import with_harmless_labels

COUNTS = ("ndata", "nvarys", "nfree")
NUMBERS = (
    "chisqr",
    "redchi",
    "chi2_pvalue",
    "rmse",
    "rsquared",
    "adjusted_rsquared",
    "aic",
    "aicc",
    "bic",
    "condition",
)
"""Statistics of a curve that are a number each, those that count and the others."""


def block_table(
    first_curve: int,
    columns: Mapping[str, Mapping[str, ArrayLike]],
    final_loss: ArrayLike,
    steps: ArrayLike,
    reasons: Sequence[str],
    labels: Sequence[str] | None,
    threshold: ArrayLike | None = None,
    left_out: Sequence[int] | None = None,
) -> pa.Table:
    """Return a table with a row for each curve, from the curve `first_curve` on.

    `columns` has coefficients and standard errors by parameter, under `coefficients` and `stderr`; `threshold` that of
    a robust loss. Numbers that are not finite become null. `left_out` counts the points of each curve that lack a
    value, if any curve has such.
    """
    table: dict[str, Any] = {"curve": pa.array(range(first_curve, first_curve + len(reasons)), pa.int64())}
    if labels is not None:
        table["label"] = pa.array(labels, pa.string())
    for field, named in columns.items():
        table |= {f"{field}.{name}": _finite(numbers) for name, numbers in named.items()}
    table["final_loss"] = _finite(final_loss)
    table["steps"] = pa.array(steps, pa.int64())
    table["status"] = pa.array(["succeeded" if reason in SUCCEEDED else "failed" for reason in reasons], pa.string())
    table["reason"] = pa.array(reasons, pa.string())
    if threshold is not None:
        table["threshold"] = _finite(threshold)
    if left_out is not None:
        table["left_out"] = pa.array(left_out, pa.int64())
    return pa.table(table)


def loss_table(losses: ArrayLike, offsets: ArrayLike) -> pa.Table:
    """Return the loss history of each curve; that of curve k is losses[offsets[k] : offsets[k + 1]]."""
    lists = pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), pa.array(losses, pa.float64()))
    return pa.table({"losses": lists})


def to_bytes(table: pa.Table) -> bytes:
    """Return a table as compressed bytes for the store."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def from_bytes(data: bytes) -> pa.Table:
    """Return the table that `to_bytes` wrote."""
    return pa.ipc.open_stream(data).read_all()


def lacking(points: int) -> str:
    """Return in words that so many points lack a value and are left out."""
    return "1 point lacks a value and is left out" if points == 1 else f"{points} points lack a value and are left out"


def rows(tables: Iterable[pa.Table]) -> list[dict[str, Any]]:
    """Return an object for each curve, with coefficients and standard errors by parameter."""
    return [_row(flat) for table in tables for flat in table.to_pylist()]


def empty_table(parameters: Sequence[str]) -> pa.Table:
    """Return the table of no curve, with the columns that those of the fit have."""
    none: dict[str, ArrayLike] = dict.fromkeys(parameters, ())
    return block_table(0, {"coefficients": none, "stderr": none}, (), (), (), None)


def with_columns(
    table: pa.Table, parameters: Sequence[str], rows_with_statistics: Sequence[Mapping[str, Any]]
) -> pa.Table:
    """Return a table with the statistics of its rows as further columns; those of a row without are null.

    They are `lower.a` and `upper.a` for the interval of each of the parameters, `covar.a.b` for the upper triangle of
    their covariance, the numbers of `app.schemas.result.Statistics` by name, `warnings` in one text, and `message`.
    """
    known = [row["statistics"] or {} for row in rows_with_statistics]
    further: dict[str, pa.Array] = {}
    for place, side in enumerate(("lower", "upper")):
        for name in parameters:
            intervals = (of_one.get("confidence_intervals", {}).get(name) for of_one in known)
            further[f"{side}.{name}"] = pa.array([pair and pair[place] for pair in intervals], pa.float64())
    for name in COUNTS:
        further[name] = pa.array([of_one.get(name) for of_one in known], pa.int64())
    for name in NUMBERS:
        further[name] = pa.array([of_one.get(name) for of_one in known], pa.float64())
    covariances = [_by_names(of_one) for of_one in known]
    for pair in combinations_with_replacement(parameters, 2):
        further[f"covar.{'.'.join(pair)}"] = pa.array([of_one.get(pair) for of_one in covariances], pa.float64())
    further["warnings"] = pa.array(["; ".join(of_one.get("warnings", ())) or None for of_one in known], pa.string())
    further["message"] = pa.array([row["message"] for row in rows_with_statistics], pa.string())
    for name, column in further.items():
        table = table.append_column(name, column)
    return table


def _by_names(known: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """Return the covariance of each pair of parameters that moved; empty where there is none."""
    if not known.get("covar"):
        return {}
    names = known["var_names"]
    rows_of = dict(zip(names, (dict(zip(names, row, strict=True)) for row in known["covar"]), strict=True))
    return {(left, right): rows_of[left][right] for left in names for right in names}


def with_threshold_column(table: pa.Table) -> pa.Table:
    """Return the results of curves with a robust loss, whose threshold is null where an older version left it out."""
    if "threshold" in table.schema.names:
        return table
    return table.append_column("threshold", pa.nulls(len(table), pa.float64()))


def csv(tables: Iterable[pa.Table], empty: pa.Table) -> Iterable[bytes]:
    """Yield the pieces of a CSV file, one for each table; without any, those of an empty one."""
    number = 0
    for number, table in enumerate(tables, start=1):
        yield _csv_piece(table, include_header=number == 1)
    if not number:
        yield _csv_piece(empty, include_header=True)


def _csv_piece(table: pa.Table, include_header: bool) -> bytes:
    sink = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=include_header, quoting_style="needed")
    pyarrow.csv.write_csv(with_harmless_labels(table), sink, options)
    return sink.getvalue()


def parquet(tables: Iterable[pa.Table], empty: pa.Table) -> bytes:
    """Return a Parquet file; without any tables, one without rows."""
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.concat_tables(list(tables) or [empty]), sink)
    return sink.getvalue()


def _finite(numbers: ArrayLike) -> pa.Array:
    array = pa.array(numbers, pa.float64(), from_pandas=True)
    finite = pa.compute.is_finite(array)
    return pa.compute.if_else(finite, array, None)


def _row(flat: dict[str, Any]) -> dict[str, Any]:
    left_out = flat.get("left_out") or 0
    warnings = [lacking(left_out)] if left_out else []
    row: dict[str, Any] = {
        "left_out": 0,
        "warnings": warnings,
        "curve": flat["curve"],
        "label": flat.get("label"),
        "coefficients": {},
        "stderr": {},
    }
    for name, value in flat.items():
        field, _, parameter = name.partition(".")
        if parameter:
            row[field][parameter] = value
        else:
            row[field] = value
    return row

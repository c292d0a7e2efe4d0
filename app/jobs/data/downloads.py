"""Measured data of a stored fit as files with a row for each point, in the order of the curves, a piece at a time."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from app.jobs.data.columns import LENGTHS, Arrays, StoredData
from app.jobs.data.csv_labels import with_harmless_labels

ROWS_AT_ONCE = 2**17
"""Most rows of a piece."""


def batches(data: StoredData, arrays: Arrays) -> Iterator[pa.RecordBatch]:
    """Yield the data in tables of at most ROWS_AT_ONCE rows, from their stored form.

    The columns are `curve` and, if there are labels, `label` where there are many curves; the predictor variables; `y`;
    and `sigma` or `weights`. A variable that has the name of another column is called `x.NAME`.
    """
    points, curves = data.points, data.curves
    columns = _named(arrays, {"y", "sigma", "weights"} | ({"curve", "label"} if curves is not None else set()))
    lengths = np.full(curves or 1, points // (curves or 1))
    if LENGTHS in arrays:
        lengths = np.frombuffer(arrays[LENGTHS]).astype(np.int64)
    ends = lengths.cumsum()
    for first in range(0, points, ROWS_AT_ONCE):
        rows = np.arange(first, min(first + ROWS_AT_ONCE, points))
        curve = np.searchsorted(ends, rows, side="right")
        batch: dict[str, Any] = {}
        if curves is not None:
            batch["curve"] = pa.array(curve)
            if data.labels is not None:
                batch["label"] = pa.array([data.labels[number] for number in curve.tolist()], pa.string())
        within = rows - (ends - lengths)[curve]
        for name, column in columns.items():
            batch[name] = pa.array(column[rows if len(column) == points else within])
        yield pa.RecordBatch.from_pydict(batch)


def csv(tables: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Return the pieces of a CSV file."""
    options = pa.csv.WriteOptions(quoting_style="needed")
    harmless = map(with_harmless_labels, tables)
    return _pieces(harmless, lambda sink, schema: pa.csv.CSVWriter(sink, schema, write_options=options))


def arrow(tables: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Return the pieces of an Arrow IPC file."""
    return _pieces(tables, pa.ipc.new_file)


def parquet(tables: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Return the pieces of a Parquet file."""
    return _pieces(tables, pa.parquet.ParquetWriter)


def _named(arrays: Arrays, others: set[str]) -> dict[str, Any]:
    """Return the columns by the names that they have in files."""
    variables = {path.removeprefix("x."): values for path, values in arrays.items() if path.startswith("x.")}
    columns = {f"x.{name}" if name in others else name: values for name, values in variables.items()}
    columns |= {name: arrays[f"{name}.{name}"] for name in ("y", "sigma", "weights") if f"{name}.{name}" in arrays}
    return {name: np.frombuffer(values) for name, values in columns.items()}


class _Sink(io.RawIOBase):
    """A file in memory that hands out what was written to it, and keeps none of it."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.gone = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += memoryview(data)
        return len(data)

    def tell(self) -> int:
        return self.gone + len(self.written)

    def taken(self) -> bytes:
        """Return what was written since the last call."""
        piece, self.written = bytes(self.written), bytearray()
        self.gone += len(piece)
        return piece


def _pieces(tables: Iterator[pa.RecordBatch], open_writer: Callable[[Any, pa.Schema], Any]) -> Iterator[bytes]:
    sink, first = _Sink(), next(tables)
    with open_writer(sink, first.schema) as writer:
        writer.write_batch(first)
        yield sink.taken()
        for table in tables:
            writer.write_batch(table)
            yield sink.taken()
    yield sink.taken()

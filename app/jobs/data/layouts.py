"""The layouts of a file, from its columns to measured data: a row for each point, a column or a row for each curve."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from app.jobs.data.files import DataFile, DataFileError, read_columns
from app.jobs.errors import InvalidRequestError, WrongField
from app.schemas.numbers import Numbers
from app.schemas.target import LONGEST_LABEL, DataTarget
from app.schemas.upload import UploadTarget

Path = tuple[str | int, ...]
Floats = npt.NDArray[np.float64]

MOST_NAMES = 20
"""Most columns that an error names."""
LONGEST_NAME = 40
"""Most characters of a column's name or type in an error."""


def measured_data(target: UploadTarget, file: DataFile) -> DataTarget:
    """Return the measured data that a target takes from a file.

    Raises InvalidRequestError for columns that are missing or unfit, DataFileError for a file that can't be read, and
    pydantic's ValidationError for data that no fit can use.
    """
    names = target.names if target.curve is None else target.names | {("curve",): target.curve}
    _check_names(names, file.names)
    try:
        table = read_columns(file, set(names.values()))
    except DataFileError as error:
        paths = [path for path, name in names.items() if name == error.column]
        if not paths:
            raise
        raise _wrong(paths[0], str(error)) from None
    if not table.num_rows:
        raise DataFileError("the file has no rows")
    curve = None if target.curve is None else _curves(table[target.curve])
    columns = {path: _column(path, table[name]) for path, name in target.names.items()}
    if ("y",) not in columns:
        return _wide(target, columns)
    if columns["y",].lengths is not None:
        return _lists(target, columns, curve)
    return _target(target, columns, None) if curve is None else _long(target, columns, curve)


@dataclass(frozen=True)
class _Curves:
    """The curves of a file's rows."""

    codes: npt.NDArray[np.int64]
    """Number of the curve to which each row belongs."""
    labels: list[str]
    """Label of each curve."""


def _wide(target: UploadTarget, columns: Mapping[Path, Numbers]) -> DataTarget:
    """Return the data of a file that has a column for each curve."""
    if target.curve is not None:
        raise _wrong(("curve",), "y has a column for each curve: leave curve out")
    for path, column in columns.items():
        if column.lengths is not None:
            raise _wrong(path, "the column has lists in it: give it as the only y, a row a curve")
    curves = [column.values for path, column in columns.items() if path[0] == "y"]
    values = array("d")
    for curve in curves:
        values += curve
    others = {path: column for path, column in columns.items() if path[0] != "y"}
    y = Numbers(values, array("q", map(len, curves)))
    return _target(target, others | {("y",): y}, list(target.y))


def _lists(target: UploadTarget, columns: Mapping[Path, Numbers], curve: _Curves | None) -> DataTarget:
    """Return the data of a file that has a row for each curve, with lists in it."""
    for path, column in columns.items():
        if column.lengths is None:
            raise _wrong(path, "the column has one number a row, but that of y has lists")
    labels = None if curve is None else [curve.labels[code] for code in curve.codes]
    # Curves of equal y are many still.
    kept = {path: column if path == ("y",) else _shared_if_same(column) for path, column in columns.items()}
    return _target(target, kept, labels)


def _long(target: UploadTarget, columns: Mapping[Path, Numbers], curve: _Curves) -> DataTarget:
    """Return the data of a file that has a row for each point of many curves."""
    order = np.argsort(curve.codes, kind="stable")
    lengths = array("q", np.bincount(curve.codes).tolist())

    def grouped(path: Path, column: Numbers) -> Numbers:
        if column.lengths is not None:
            raise _wrong(path, "the column has lists in it, but that of y has one number a row")
        numbers = Numbers(_packed(np.frombuffer(column.values)[order]), lengths)
        return numbers if path == ("y",) else _shared_if_same(numbers)

    return _target(target, {path: grouped(path, column) for path, column in columns.items()}, curve.labels)


def _target(target: UploadTarget, columns: Mapping[Path, Numbers], labels: list[str] | None) -> DataTarget:
    """Return the target with numbers in the place of the columns' names."""
    fields: dict[str, Any] = target.model_dump(include={"sigma_absolute", "response"})
    for field in ("y", "sigma", "weights"):
        fields[field] = columns.get((field,), getattr(target, field))
    if isinstance(target.x, dict):
        fields["x"] = {name: columns.get(("x", name), column) for name, column in target.x.items()}
    else:
        fields["x"] = columns.get(("x",), target.x)
    return DataTarget.model_validate({**fields, "labels": labels})


def _shared_if_same(column: Numbers) -> Numbers:
    """Return one list for all curves if it is the same in each: that is less to keep, and quicker to fit."""
    lengths = column.lengths or array("q")
    if len(lengths) == 1 or min(lengths) != max(lengths):
        return column
    rows = np.frombuffer(column.values).reshape(len(lengths), lengths[0])
    return Numbers(column.values[: lengths[0]]) if (rows == rows[0]).all() else column


def _curves(column: pa.ChunkedArray) -> _Curves:
    """Return the curves, in the order of their first rows. Raise InvalidRequestError for a column of no use."""
    path = ("curve",)
    _check_whole(path, column, "a row says no curve")
    try:
        # Never decoded: each of millions of rows may have a long text.
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        coded = coded.unify_dictionaries().combine_chunks()
        texts = pa.compute.cast(coded.dictionary, pa.string())
    except pa.ArrowException:
        kind = str(column.type)[:LONGEST_NAME]
        raise _wrong(path, f"the column is of type {kind}: give texts, numbers or dates") from None
    if pa.compute.max(pa.compute.utf8_length(texts)).as_py() > LONGEST_LABEL:
        raise _wrong(path, f"a label has at most {LONGEST_LABEL} characters")
    # A dictionary may have a text twice, in another order than the rows, or without a row.
    distinct = texts.dictionary_encode()
    codes = distinct.indices.to_numpy(zero_copy_only=False)[coded.indices.to_numpy(zero_copy_only=False)]
    used, first_rows = np.unique(codes, return_index=True)
    in_order = used[np.argsort(first_rows)]
    ranks = np.zeros(len(distinct.dictionary), np.int64)
    ranks[in_order] = np.arange(len(in_order))
    return _Curves(ranks[codes], distinct.dictionary.take(pa.array(in_order)).to_pylist())


def _column(path: Path, column: pa.ChunkedArray) -> Numbers:
    """Return a column's numbers, or lists of numbers. Raise InvalidRequestError where it has something else."""
    kind = column.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        return Numbers(_packed(_floats(path, column, lambda row: f"row {row}")))
    _check_whole(path, column, "a row has no list")
    lists = column.combine_chunks()
    lengths = pa.compute.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    if not lengths.all():
        raise _wrong(path, f"a list is empty: row {int(lengths.argmin())}, counted from 0")
    ends = lengths.cumsum()

    def place(index: int) -> str:
        row = int(np.searchsorted(ends, index, side="right"))
        return f"number {index - int(ends[row] - lengths[row])} of the list in row {row}"

    return Numbers(_packed(_floats(path, lists.flatten(), place)), array("q", lengths.tobytes()))


def _floats(path: Path, column: pa.Array | pa.ChunkedArray, place: Callable[[int], str]) -> Floats:
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise _wrong(path, f"the column is of type {str(kind)[:LONGEST_NAME]}: give a column of numbers")
    # A missing value becomes NaN.
    floats: Floats = pa.compute.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    bad = np.flatnonzero(~np.isfinite(floats))
    if len(bad):
        words = "infinite" if np.isinf(floats[bad[0]]) else "missing (leave the point out)"
        raise _wrong(path, f"a value is {words}: {place(int(bad[0]))}, counted from 0")
    if path[0] in ("sigma", "weights"):
        bad = np.flatnonzero(floats <= 0 if path[0] == "sigma" else floats < 0)
        if len(bad):
            words = "greater than 0" if path[0] == "sigma" else "at least 0"
            raise _wrong(path, f"a value is not {words}: {place(int(bad[0]))}, counted from 0")
    return floats


def _check_whole(path: Path, column: pa.ChunkedArray, words: str) -> None:
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0])
        raise _wrong(path, f"{words}: row {row}, counted from 0")


def _check_names(names: Mapping[Path, str], there: Sequence[str]) -> None:
    wrong = []
    for path, name in names.items():
        count = there.count(name)
        if not count:
            known = ", ".join(repr(known[:LONGEST_NAME]) for known in there[:MOST_NAMES])
            known += ", ..." if len(there) > MOST_NAMES else ""
            wrong.append(WrongField(("target", *path), f"the file has no such column; it has: {known}"))
        elif count > 1:
            wrong.append(WrongField(("target", *path), f"the file has {count} columns of this name"))
    if wrong:
        raise InvalidRequestError(wrong)


def _packed(floats: Floats) -> "array[float]":
    packed = array("d")
    packed.frombytes(np.ascontiguousarray(floats).data.cast("B"))
    return packed


def _wrong(path: Path, words: str) -> InvalidRequestError:
    return InvalidRequestError([WrongField(("target", *path), words)])

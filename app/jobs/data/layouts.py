"""The layouts of a file, from its columns to measured data: a row for each point, a column or a row for each curve."""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from app.jobs.data.files import DataFile, read_columns
from app.jobs.data.reading.errors import DataFileError, shown
from app.jobs.data.reading.sheets import Wanted
from app.jobs.errors import InvalidRequestError, WrongField
from app.schemas.numbers import Numbers
from app.schemas.reading import Reading
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
    names = _names(target, file)
    table = _table(target, names, file)
    if not table.num_rows:
        raise DataFileError("the file has no rows")
    curve = None if target.curve is None else _curves(table[names["curve",]], _Place(file, ("curve",), names["curve",]))
    # Of all others, the file leaves out those without numbers.
    left = set(table.column_names)
    there = {path: name for path, name in names.items() if path != ("curve",) and name in left}
    takes_gaps = target.missing == "omit" or (target.missing is None and target.is_of_many)
    columns = {
        path: _column(table[name], _Place(file, _told(target, path), name), takes_gaps, target.missing != "refuse")
        for path, name in there.items()
    }
    return _laid_out(target, file, columns, curve, there).with_remarks(file.warnings)


def _names(target: UploadTarget, file: DataFile) -> dict[Path, str]:
    """Return the file's names of columns by the fields that name them. Raise InvalidRequestError for wrong ones."""
    named = target.names if target.curve is None else target.names | {("curve",): target.curve}
    names = {path: _file_name(name, file) for path, name in named.items()}
    if target.takes_all_others:
        used = set(names.values())
        others = [name for name in file.names if name not in used]
        if not others:
            raise _wrong(("y",), "the file has no other columns")
        names |= {("y", index): name for index, name in enumerate(others)}
    _check_names(target, names, file)
    return names


def _told(target: UploadTarget, path: Path) -> Path:
    """Return the field of a request that an error about a column names."""
    return ("y",) if target.takes_all_others and path[0] == "y" else path


def _file_name(name: str, file: DataFile) -> str:
    """Return the name of a column as the file has it, without blanks around it if need be."""
    return name if name in file.names else name.strip()


def _laid_out(
    target: UploadTarget, file: DataFile, columns: dict[Path, Numbers], curve: "_Curves | None", names: dict[Path, str]
) -> DataTarget:
    """Return the data in the layout that the target means."""
    build = _Building(target, file.reading)
    if ("y",) not in columns:
        return _wide(build, columns, [name for path, name in names.items() if path[0] == "y"])
    if columns["y",].lengths is not None:
        return _lists(build, columns, curve)
    return build.target(columns, None) if curve is None else _long(build, columns, curve)


def wanted_of(target: UploadTarget) -> Wanted:
    """Return what a target asks of its file."""
    names = target.names
    leading = tuple(name for path, name in names.items() if path[0] == "x")
    return Wanted(tuple(dict.fromkeys(names.values())), target.curve, leading, target.takes_all_others, target.reading)


@dataclass(frozen=True)
class _Place:
    """Names the places of values of a column."""

    file: DataFile
    path: Path
    """Field of the target that names the column."""
    name: str

    def __call__(self, row: int) -> str:
        """Return in words where the value of a row stands."""
        return self.file.place(self.name, row)


def _table(target: UploadTarget, names: Mapping[Path, str], file: DataFile) -> pa.Table:
    """Return columns of a file. Raise InvalidRequestError for a field of the request that is to blame."""
    try:
        return read_columns(file, set(names.values()))
    except DataFileError as error:
        paths = [path for path, name in names.items() if name == error.column]
        if not paths or error.setting is not None:
            raise
        raise _wrong(_told(target, paths[0]), str(error)) from None


@dataclass(frozen=True)
class _Curves:
    """The curves of a file's rows."""

    codes: npt.NDArray[np.int64]
    """Number of the curve to which each row belongs."""
    labels: list[str]
    """Label of each curve."""


@dataclass(frozen=True)
class _Building:
    """Builds the target with numbers in the place of the columns' names."""

    named: UploadTarget
    reading: Reading

    def target(self, columns: Mapping[Path, Numbers], labels: list[str] | None) -> DataTarget:
        """Return the target. Raise pydantic's ValidationError for data that no fit can use."""
        named = self.named
        fields: dict[str, Any] = named.model_dump(include={"sigma_absolute", "response", "missing"})
        for field in ("y", "sigma", "weights"):
            fields[field] = columns.get((field,), getattr(named, field))
        if isinstance(named.x, dict):
            fields["x"] = {name: columns.get(("x", name), column) for name, column in named.x.items()}
        else:
            fields["x"] = columns.get(("x",), named.x)
        return DataTarget.model_validate({**fields, "labels": labels, "reading": self.reading})


def _wide(build: _Building, columns: Mapping[Path, Numbers], labels: list[str]) -> DataTarget:
    """Return the data of a file that has a column for each curve."""
    if build.named.curve is not None:
        raise _wrong(("curve",), "y has a column for each curve: leave curve out")
    for path, column in columns.items():
        if column.lengths is not None:
            raise _wrong(path, "the column has lists in it: give it as the only y, a row a curve")
    curves = [column.values for path, column in columns.items() if path[0] == "y"]
    if not curves:
        raise _wrong(("y",), "no other column has numbers")
    values = array("d")
    for curve in curves:
        values += curve
    others = {path: column for path, column in columns.items() if path[0] != "y"}
    y = Numbers(values, array("q", map(len, curves)))
    return build.target(others | {("y",): y}, labels)


def _lists(build: _Building, columns: Mapping[Path, Numbers], curve: _Curves | None) -> DataTarget:
    """Return the data of a file that has a row for each curve, with lists in it."""
    for path, column in columns.items():
        if column.lengths is None:
            raise _wrong(path, "the column has one number a row, but that of y has lists")
    labels = None if curve is None else [curve.labels[code] for code in curve.codes]
    # Curves of equal y are many still.
    kept = {path: column if path == ("y",) else _shared_if_same(column) for path, column in columns.items()}
    return build.target(kept, labels)


def _long(build: _Building, columns: Mapping[Path, Numbers], curve: _Curves) -> DataTarget:
    """Return the data of a file that has a row for each point of many curves."""
    order = np.argsort(curve.codes, kind="stable")
    lengths = array("q", np.bincount(curve.codes).tolist())

    def grouped(path: Path, column: Numbers) -> Numbers:
        if column.lengths is not None:
            raise _wrong(path, "the column has lists in it, but that of y has one number a row")
        numbers = Numbers(_packed(np.frombuffer(column.values)[order]), lengths)
        return numbers if path == ("y",) else _shared_if_same(numbers)

    return build.target({path: grouped(path, column) for path, column in columns.items()}, curve.labels)


def _shared_if_same(column: Numbers) -> Numbers:
    """Return one list for all curves if it is the same in each: that is less to keep, and quicker to fit."""
    lengths = column.lengths or array("q")
    if len(lengths) == 1 or min(lengths) != max(lengths):
        return column
    rows = np.frombuffer(column.values).reshape(len(lengths), lengths[0])
    return Numbers(column.values[: lengths[0]]) if (rows == rows[0]).all() else column


def _curves(column: pa.ChunkedArray, place: _Place) -> _Curves:
    """Return the curves, in the order of their first rows. Raise InvalidRequestError for a column of no use."""
    path = place.path
    _check_whole(place, column, "a row says no curve")
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


def _column(column: pa.ChunkedArray, place: _Place, takes_gaps: bool, takes_gaps_in_lists: bool) -> Numbers:
    """Return a column's numbers, or lists of numbers, NaN where one is missing if gaps are taken.

    Raise InvalidRequestError where it has something else.
    """
    kind = column.type
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        return Numbers(_packed(_floats(place.path, column, place, takes_gaps)))
    _check_whole(place, column, "a row has no list")
    lists = column.combine_chunks()
    lengths = pa.compute.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    if not lengths.all():
        raise _wrong(place.path, f"a list is empty: {place(int(lengths.argmin()))}")
    ends = lengths.cumsum()

    def place_in_list(index: int) -> str:
        row = int(np.searchsorted(ends, index, side="right"))
        return f"number {index - int(ends[row] - lengths[row])} of the list in {place(row)}"

    numbers = _floats(place.path, lists.flatten(), place_in_list, takes_gaps_in_lists)
    return Numbers(_packed(numbers), array("q", lengths.tobytes()))


def _floats(path: Path, column: pa.Array | pa.ChunkedArray, place: Callable[[int], str], takes_gaps: bool) -> Floats:
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        raise _wrong(path, f"the column is of type {str(kind)[:LONGEST_NAME]}: give a column of numbers")
    # A missing value becomes NaN.
    floats: Floats = pa.compute.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    bad = np.flatnonzero(np.isinf(floats) if takes_gaps else ~np.isfinite(floats))
    if len(bad):
        words = "infinite" if np.isinf(floats[bad[0]]) else "missing (leave the point out)"
        more = "" if np.isinf(floats[bad[0]]) else '; "missing": "omit" does so'
        raise _wrong(path, f"a value is {words}: {place(int(bad[0]))}{more}")
    if path[0] in ("sigma", "weights"):
        bad = np.flatnonzero(floats <= 0 if path[0] == "sigma" else floats < 0)
        if len(bad):
            words = "greater than 0" if path[0] == "sigma" else "at least 0"
            raise _wrong(path, f"a value is not {words}: {place(int(bad[0]))}")
    return floats


def _check_whole(place: _Place, column: pa.ChunkedArray, words: str) -> None:
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy())[0])
        raise _wrong(place.path, f"{words}: {place(row)}")


def _check_names(target: UploadTarget, names: Mapping[Path, str], file: DataFile) -> None:
    counts = Counter(file.names)
    wrong: dict[Path, str] = {}
    for path, name in names.items():
        if not counts[name]:
            known = ", ".join(repr(known[:LONGEST_NAME]) for known in file.names[:MOST_NAMES])
            known += ", ..." if len(file.names) > MOST_NAMES else ""
            wrong[path] = f"the file has no such column; it has: {known}"
        elif counts[name] > 1:
            words = f"the file has {counts[name]} columns of the name {shown(name)}: rename them"
            if file.reading.format not in ("parquet", "arrow"):
                words += ", or call columns by number, 'column 2', with reading.header_row 0 and reading.first_row"
            wrong.setdefault(_told(target, path), words)
    if wrong:
        raise InvalidRequestError([WrongField(("target", *path), words) for path, words in wrong.items()])


def _packed(floats: Floats) -> "array[float]":
    packed = array("d")
    packed.frombytes(np.ascontiguousarray(floats).data.cast("B"))
    return packed


def _wrong(path: Path, words: str) -> InvalidRequestError:
    return InvalidRequestError([WrongField(("target", *path), words)])

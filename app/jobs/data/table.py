"""A file of data as a table to look at, before anybody has said what its columns are."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from app.jobs.data.files import DataFile, read_columns
from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.sheets import Wanted
from app.jobs.data.roles import suggested, x_of
from app.schemas.reading import Reading
from app.schemas.table import TableColumn, TableReading

Open = Callable[[Wanted], DataFile]
"""Opens the file, of which some columns are wanted."""
Floats = npt.NDArray[np.float64]
Cell = float | str | None

MOST_ROWS = 200
"""Most rows that are told."""
MOST_CELLS = 20_000
"""Most cells that are told, unless one row has more."""
_LONGEST = 200
"""Most characters of a cell."""
_MOST_UNFIT = 5
"""Most columns that turn out to be no numbers far behind the first rows."""
_UNIT = re.compile(r"(.+?)\s*(?:\(([^()]{1,40})\)|\[([^\[\]]{1,40})\])")


def read_table(open_file: Open, reading: Reading) -> TableReading:
    """Return a file as it is read. Raises DataFileError for one that can't be, or has two readings."""
    look = open_file(Wanted(reading=reading))
    counts = Counter(look.names)
    names = [name for name in dict.fromkeys(look.names) if counts[name] == 1]
    texts = set(look.columns_of_texts())
    problems: dict[str, str] = {
        name: f"the file has {count} columns of this name: rename them" for name, count in counts.items() if count > 1
    }
    unfit = 0
    while True:
        numeric = [name for name in names if name not in texts]
        x = x_of((name, _label_and_unit(name)[0]) for name in numeric)
        leading = () if x is None else (x,)
        file = open_file(Wanted(tuple(numeric), None, leading, texts=tuple(texts & set(names)), reading=reading))
        try:
            read = _Read(file, read_columns(file, names), problems)
            break
        except DataFileError as error:
            if error.column not in numeric or error.setting is not None or unfit == _MOST_UNFIT:
                raise
            unfit += 1
            texts.add(error.column)
            problems[error.column] = str(error)
    columns = [read.column(name) for name in look.names]
    return TableReading(
        reading=file.reading,
        total_rows=read.table.num_rows,
        columns=columns,
        rows=read.rows(look.names),
        suggestion=suggested(columns, x),
        warnings=file.warnings,
    )


def _label_and_unit(name: str) -> tuple[str, str | None]:
    match = _UNIT.fullmatch(name)
    return (name, None) if match is None else (match[1], match[2] or match[3])


@dataclass
class _Read:
    """The columns of a file that could be read."""

    file: DataFile
    table: pa.Table
    problems: dict[str, str]
    found: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.found = set(self.table.column_names)

    def column(self, name: str) -> TableColumn:
        """Return what is told of a column."""
        reading = self.file.reading
        label, unit = _label_and_unit(name)
        column = self.table[name] if name in self.found else pa.chunked_array([[]], pa.null())
        kind, dates = _kind(column.type), (reading.dates or {}).get(name[:200])
        numbers = _numbers(column) if kind == "numbers" else np.empty(0)
        count = len(numbers) if kind == "numbers" else len(column) - column.null_count
        return TableColumn(
            name=name,
            label=label,
            unit=unit or (reading.units or {}).get(name[:200]),
            kind="dates" if dates is not None else kind,
            dates=dates,
            count=count,
            missing=len(column) - count,
            minimum=float(numbers.min()) if len(numbers) else None,
            maximum=float(numbers.max()) if len(numbers) else None,
            distinct=len(column.drop_null().unique()) if kind == "texts" else None,
            problem=self.problems.get(name),
        )

    def rows(self, names: Sequence[str]) -> list[list[Cell]]:
        """Return the first rows."""
        count = min(MOST_ROWS, max(1, MOST_CELLS // max(len(names), 1)), self.table.num_rows)
        head = self.table.slice(0, count)
        columns = [_cells(head[name]) if name in self.found else [None] * count for name in names]
        return [list(row) for row in zip(*columns, strict=True)]


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "numbers"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return "lists"
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    is_string = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return "texts" if is_string or pa.types.is_boolean(kind) else "other"


def _numbers(column: pa.ChunkedArray) -> Floats:
    """Return the finite numbers of a column."""
    floats: Floats = pc.cast(column, pa.float64(), safe=False).to_numpy()
    return floats[np.isfinite(floats)]


def _cells(column: pa.ChunkedArray) -> list[Cell]:
    kind = _kind(column.type)
    if kind == "lists":
        return [None if value is None else f"[{value}]" for value in pc.list_value_length(column).to_pylist()]
    if kind == "numbers":
        numbers = pc.cast(column, pa.float64(), safe=False).to_pylist()
        return [value if value is not None and math.isfinite(value) else None for value in numbers]
    if kind == "other":
        return [None] * len(column)
    return [None if value is None else str(value)[:_LONGEST] for value in column.to_pylist()]

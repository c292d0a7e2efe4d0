"""Files of measured data: texts, spreadsheets, Parquet, Arrow. Their size in memory is checked before they are read."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet

from app.jobs.data.arrow_size import uncompressed_bytes
from app.jobs.data.reading.archives import ZIP
from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.sheets import SheetFile, Wanted
from app.jobs.data.reading.spreadsheets import spreadsheet
from app.jobs.data.reading.texts import TextFile
from app.jobs.data.reading.typed import with_numbers
from app.schemas.reading import Reading

_ROWS_AT_ONCE = 4096
"""Rows of a Parquet file that are unpacked at once; what they have is counted before the next ones are."""

_ARROW_FILE, _ARROW_STREAM, _PARQUET, _FEATHER_1 = b"ARROW1\0\0", b"\xff\xff\xff\xff", b"PAR1", b"FEA1"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class FileLimits:
    """The limits of a file's content."""

    rows: int
    """Most rows of a file."""
    bytes: int
    """Most bytes that its columns may take in memory."""

    def check(self, rows: int, in_memory: int = 0) -> None:
        """Raise DataFileError if so many rows, or so many bytes in memory, are too many."""
        if rows > self.rows:
            raise DataFileError(f"the file has more than the {self.rows} points that are allowed here")
        if in_memory > self.bytes:
            raise DataFileError(f"the file takes more than the {self.bytes} bytes of memory that are allowed here")


class DataFile(Protocol):
    """A file with named columns."""

    limits: FileLimits
    """What it may have."""

    @property
    def names(self) -> Sequence[str]:
        """Return the names of all columns."""

    @property
    def reading(self) -> Reading:
        """Return how it is read; all is known once it has been."""

    @property
    def warnings(self) -> list[str]:
        """Return what a person should know of how it was read."""

    def read(self, columns: Collection[str]) -> pa.Table:
        """Return some columns. Raise DataFileError, or pyarrow's exceptions, where they can't be read."""

    def with_numbers(self, table: pa.Table) -> pa.Table:
        """Return what `read` returned, once it is known to be sound, with numbers in the place of dates and times."""

    def columns_of_texts(self) -> list[str]:
        """Return the columns that have texts, or more of these than numbers, as far as the first rows tell."""

    def place(self, column: str, index: int) -> str:
        """Return in words where a value stands that `read` returned."""


def read_columns(file: DataFile, columns: Collection[str]) -> pa.Table:
    """Return some columns of a file, checked so that they are safe to work with. Raise DataFileError for bad ones."""
    with _damage_in_words():
        table = file.read(columns)
        # What a stranger sent may have offsets that lead out of its memory.
        table.validate(full=True)
        # Each number takes 8 bytes, however short it stands in the file.
        numbers = [sum(map(_numbers, column.chunks)) for column in table.columns]
        file.limits.check(max(numbers, default=0), 8 * sum(numbers))
        return file.with_numbers(table)


def _numbers(column: pa.Array) -> int:
    """Return how many numbers a column has, those in its lists too."""
    kind = column.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return len(column.flatten()) if is_list else len(column)


def is_packed(data: bytes) -> bool:
    """Tell whether a file is of a format in which few bytes may stand for many."""
    return data.startswith((_PARQUET, _ARROW_FILE, _ARROW_STREAM, ZIP))


def open_data_file(data: bytes, media_type: str, file_name: str, limits: FileLimits, wanted: Wanted) -> DataFile:
    """Open a file, whose format is recognised by its first bytes; a file without such marks is a text.

    Raises DataFileError for a file that is damaged, too large or of no known format.
    """
    claimed = f"{media_type} {file_name}".lower()
    with _damage_in_words():
        if data.startswith(_PARQUET):
            return _ParquetFile(data, limits, wanted)
        if data.startswith((_ARROW_FILE, _ARROW_STREAM)):
            return _ArrowFile(data, limits, wanted)
        if data.startswith(_FEATHER_1):
            raise DataFileError("this is Feather version 1: write it as version 2, which is Arrow IPC")
        if any(word in claimed for word in ("parquet", "arrow", "feather")):
            raise DataFileError("the file is damaged: it does not begin as Parquet or Arrow does")
        if data.startswith(ZIP):
            return _Sheet(spreadsheet(data, wanted, limits.bytes, limits.check), limits)
        if data.startswith(_OLD_EXCEL):
            raise DataFileError("this is an Excel file of before 2007, or an encrypted one: save it as XLSX")
        limits.check(max(data.count(b"\n"), data.count(b"\r")) - 1)
        return _Sheet(TextFile(data, wanted, limits.check), limits)


@contextmanager
def _damage_in_words() -> Iterator[None]:
    """Read a file in this context. Raises DataFileError for a damaged one, of which Arrow tells by many exceptions."""
    try:
        yield
    except (DataFileError, MemoryError):
        raise
    except (pa.ArrowException, ArithmeticError, LookupError, OSError, RuntimeError, ValueError) as error:
        raise DataFileError(f"the file can't be read: {_words(error)}") from None


class _Sheet:
    """A text or a spreadsheet, with its limits."""

    def __init__(self, file: TextFile | SheetFile, limits: FileLimits) -> None:
        self.file, self.limits = file, limits

    @property
    def names(self) -> Sequence[str]:
        return self.file.names

    @property
    def reading(self) -> Reading:
        return self.file.reading

    @property
    def warnings(self) -> list[str]:
        return self.file.warnings

    def read(self, columns: Collection[str]) -> pa.Table:
        return self.file.read(columns)

    def with_numbers(self, table: pa.Table) -> pa.Table:
        return table

    def columns_of_texts(self) -> list[str]:
        return self.file.columns_of_texts()

    def place(self, column: str, index: int) -> str:
        return self.file.place(column, index)


class _BinaryFile:
    """What files have in common whose values are typed."""

    reading: Reading
    wanted: Wanted
    schema: pa.Schema

    def columns_of_texts(self) -> list[str]:
        return [name for name, kind in zip(self.schema.names, self.schema.types, strict=True) if _is_text(kind)]

    def with_numbers(self, table: pa.Table) -> pa.Table:
        typed = with_numbers(table, self.wanted, self.reading)
        self.reading = typed.reading
        return typed.table

    @property
    def warnings(self) -> list[str]:
        return []

    def place(self, column: str, index: int) -> str:  # noqa: ARG002 - the field of the request names it
        return f"row {index}, counted from 0"


class _ParquetFile(_BinaryFile):
    def __init__(self, data: bytes, limits: FileLimits, wanted: Wanted) -> None:
        self.reading, self.wanted = wanted.reading.model_copy(update={"format": "parquet"}), wanted
        self.file = pa.parquet.ParquetFile(pa.BufferReader(data))
        self.schema = self.file.schema_arrow
        repeated = [
            name
            for name in wanted.text_names
            if not any(pa.types.is_nested(self.schema.field(at).type) for at in self.schema.get_all_field_indices(name))
        ]
        if repeated:
            # The same text again and again would take much more memory than the file says.
            self.file = pa.parquet.ParquetFile(pa.BufferReader(data), read_dictionary=repeated)
        self.names = self.schema.names
        self.limits = limits
        limits.check(self.file.metadata.num_rows)

    def read(self, columns: Collection[str]) -> pa.Table:
        wanted = [name for name in self.names if name in columns]
        batches, rows, numbers = [], 0, dict.fromkeys(wanted, 0)
        # What the headers say of each column is not asked for: some damage there would end the process.
        for batch in self.file.iter_batches(_ROWS_AT_ONCE, columns=wanted, use_threads=False):
            rows += batch.num_rows
            for name in batch.schema.names:
                numbers[name] += _numbers(batch.column(name))
            self.limits.check(max(rows, *numbers.values()), 8 * sum(numbers.values()))
            batches.append(batch)
        return pa.Table.from_batches(batches) if batches else self.file.schema_arrow.empty_table().select(wanted)


class _ArrowFile(_BinaryFile):
    """An Arrow file or stream; the file format is the stream format between marks, and is read as such."""

    def __init__(self, data: bytes, limits: FileLimits, wanted: Wanted) -> None:
        self.reading, self.wanted = wanted.reading.model_copy(update={"format": "arrow"}), wanted
        self.stream = pa.py_buffer(data)[len(_ARROW_FILE) if data.startswith(_ARROW_FILE) else 0 :]
        limits.check(0, uncompressed_bytes(self.stream))
        self.limits = limits
        self.schema = pa.ipc.open_stream(self.stream).schema
        self.names = self.schema.names

    def read(self, columns: Collection[str]) -> pa.Table:
        indices = [index for index, name in enumerate(self.names) if name in columns]
        batches, rows = [], 0
        with pa.ipc.open_stream(self.stream, options=pa.ipc.IpcReadOptions(included_fields=indices)) as reader:
            for batch in reader:
                rows += batch.num_rows
                self.limits.check(rows)
                batches.append(batch)
            return pa.Table.from_batches(batches, reader.schema)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    is_string = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return bool(is_string or pa.types.is_boolean(kind))


def _words(error: Exception) -> str:
    """Return the first words, which say what is wrong; later ones may repeat what is in the file."""
    return str(error).partition("\n")[0][:100]

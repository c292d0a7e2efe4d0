"""Files are recognised, and what can't be read or is too much is refused in words."""

import io
import struct
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from app.jobs.data.files import FileLimits, open_data_file, read_columns
from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.sheets import Wanted

TABLE = pa.table({"x": [0.0, 1.0, 2.0], "y": [1.0, 2.0, 4.0], "well": ["a", "a", "b"]})
LIMITS = FileLimits(rows=1000, bytes=64_000)


def csv(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa.csv.write_csv(table, sink)
    return sink.getvalue()


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(table, sink)
    return sink.getvalue()


def feather(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pa.feather.write_feather(table, sink, compression="zstd")
    return sink.getvalue()


def arrow_stream(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


FORMATS = [csv, parquet, feather, arrow_stream]


def read(data: bytes, columns: tuple[str, ...], text: str | None = None, limits: FileLimits = LIMITS) -> pa.Table:
    return read_columns(open_data_file(data, "", "", limits, Wanted(columns, text)), columns)


def refused(data: bytes, limits: FileLimits = LIMITS, media_type: str = "", file_name: str = "") -> str:
    with pytest.raises(DataFileError) as caught:
        read_columns(open_data_file(data, media_type, file_name, limits, Wanted(("x", "y"))), ("x", "y"))
    return str(caught.value)


@pytest.mark.parametrize("write", FORMATS)
def test_the_format_is_seen_from_the_file(write: Callable[[pa.Table], bytes]) -> None:
    file = open_data_file(write(TABLE), "application/octet-stream", "data", LIMITS, Wanted(("x",), "well"))
    assert list(file.names) == ["x", "y", "well"]
    found = read_columns(file, ("x", "well"))
    assert found.select(["x", "well"]).to_pydict() == {"x": [0, 1, 2], "well": ["a", "a", "b"]}


@pytest.mark.parametrize("write", FORMATS)
def test_more_rows_than_allowed(write: Callable[[pa.Table], bytes]) -> None:
    assert "more than the 2 points" in refused(write(TABLE), FileLimits(rows=2, bytes=64_000))


def test_more_numbers_in_lists_than_allowed() -> None:
    table = pa.table({"x": [[1.0] * 10], "y": [[1.0] * 10]})
    assert "more than the 5 points" in refused(parquet(table), FileLimits(rows=5, bytes=64_000))


def test_a_small_arrow_file_that_would_be_large_is_not_unpacked() -> None:
    data = feather(pa.table({"x": np.zeros(1_000_000), "y": np.zeros(1_000_000)}))
    assert len(data) < 100_000
    assert "bytes of memory" in refused(data)


@pytest.mark.parametrize("write", FORMATS)
def test_numbers_count_as_the_8_bytes_that_each_takes(write: Callable[[pa.Table], bytes]) -> None:
    numbers = pa.array([1] * 900, pa.int8())
    data = write(pa.table({"x": numbers, "y": numbers}))
    assert "more than the 10000 bytes of memory" in refused(data, FileLimits(rows=1000, bytes=10_000))


@pytest.mark.parametrize("write", [csv, parquet])
def test_the_same_text_again_and_again_takes_little_memory(write: Callable[[pa.Table], bytes]) -> None:
    table = pa.table({"x": range(10_000), "well": ["w" * 199] * 10_000})
    read_table = read(write(table), ("x", "well"), "well", FileLimits(rows=10_000, bytes=200_000))
    assert read_table.nbytes < 200_000


@pytest.mark.parametrize("write", [parquet, feather, arrow_stream])
def test_a_file_that_is_cut_off(write: Callable[[pa.Table], bytes]) -> None:
    data = write(TABLE)
    assert "can't be read" in refused(data[: len(data) // 2])


def test_offsets_that_lead_out_of_the_file() -> None:
    data = arrow_stream(pa.table({"x": [[1.0] * 777], "y": [[1.0] * 777]}))
    offsets, beyond = struct.pack("<ii", 0, 777), struct.pack("<ii", 0, 2**30)
    assert offsets in data
    assert "can't be read" in refused(data.replace(offsets, beyond))


@pytest.mark.parametrize("data", [b"", b"\n", b"\x89PNG\r\n\x1a\n\0\xff", b"FEA1 and more"])
def test_what_is_no_data_file(data: bytes) -> None:
    assert refused(data)


@pytest.mark.parametrize("data", [b"%PDF-1.4\nx,y\n1,2\n", b"\x89PNG\r\n\x1a\n\0\xff", b"\xff\xd8\xff\xe0\0\x10JFIF"])
def test_documents_and_images_are_told_as_such(data: bytes) -> None:
    assert refused(data) == "the file is no text, no spreadsheet, no Parquet and no Arrow"


def test_a_file_that_is_not_what_it_is_called() -> None:
    assert "damaged" in refused(b"x,y\n1,2\n", media_type="application/vnd.apache.parquet")
    assert "damaged" in refused(b"x,y\n1,2\n", file_name="data.feather")


def test_a_row_of_csv_that_is_too_short_lacks_a_value() -> None:
    assert read(b"x,y\n1,2\n3\n", ("x", "y"))["y"].to_pylist() == [2, None]


def test_text_among_the_numbers_of_csv_is_told_with_its_column_and_row_but_not_whole() -> None:
    with pytest.raises(DataFileError, match="row 3 of the column 'y'") as caught:
        read(b"x,y\n1,2\n3,private" + 100 * b"!" + b"\n", ("x", "y"))
    assert caught.value.column == "y"
    assert len(str(caught.value)) < 200


def test_text_that_looks_like_numbers_stays_text() -> None:
    assert read(b"x,well\n1,007\n", ("x", "well"), text="well")["well"].to_pylist() == ["007"]


def test_numbers_of_csv_may_begin_as_integers() -> None:
    rows = "".join(f"{i},1\n" for i in range(500)) + "0.5,1\n"
    assert read(b"x,y\n" + rows.encode(), ("x", "y"))["x"].to_pylist()[-1] == 0.5


def test_csv_of_windows() -> None:
    assert read(b"\xef\xbb\xbfx,y\r\n1,2\r\n", ("x", "y")).to_pydict() == {"x": [1], "y": [2]}

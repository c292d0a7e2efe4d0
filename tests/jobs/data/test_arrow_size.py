"""The size of an Arrow stream is known before it is unpacked."""

import io

import pyarrow as pa
import pytest

from app.jobs.data.arrow_size import uncompressed_bytes

TABLE = pa.table(
    {
        "number": pa.array([0.0] * 100_000),
        "list": pa.array([[1.0, 2.0]] * 100_000),
        "text": pa.array(["a", "b"] * 50_000).dictionary_encode(),
    }
)


def stream(compression: str | None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, TABLE.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(TABLE, max_chunksize=10_000)
    return sink.getvalue()


@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_the_size_is_that_of_the_unpacked_table(compression: str | None) -> None:
    assert uncompressed_bytes(pa.py_buffer(stream(compression))) == pytest.approx(TABLE.nbytes, rel=0.02)


@pytest.mark.parametrize("length", [9, 100, 1000, 5000])
def test_what_is_cut_off_is_told_as_damaged(length: int) -> None:
    with pytest.raises((pa.ArrowInvalid, OSError)):
        uncompressed_bytes(pa.py_buffer(stream("zstd")[:length]))

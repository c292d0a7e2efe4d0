"""Stored data as files, one row a point."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from app.jobs.data import downloads
from app.jobs.data.columns import to_stored
from app.schemas.target import DataTarget


def batches(**target: Any) -> Iterator[pa.RecordBatch]:
    return downloads.batches(*to_stored(DataTarget.model_validate(target)))


def table(**target: Any) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = pa.Table.from_batches(batches(**target)).to_pydict()
    return columns


def test_one_curve() -> None:
    assert table(x=[0, 1], y=[2, 3], sigma=[1, 2]) == {"x": [0, 1], "y": [2, 3], "sigma": [1, 2]}


def test_many_curves_of_one_x() -> None:
    assert table(x={"u": [0, 1]}, y=[[2, 3], [4, 5]], labels=["a", "b"]) == {
        "curve": [0, 0, 1, 1],
        "label": ["a", "a", "b", "b"],
        "u": [0, 1, 0, 1],
        "y": [2, 3, 4, 5],
    }


def test_curves_of_different_lengths() -> None:
    assert table(x=[[0, 1], [5]], y=[[2, 3], [4]])["x"] == [0, 1, 5]
    assert table(x=[[0, 1], [5]], y=[[2, 3], [4]])["curve"] == [0, 0, 1]


def test_a_variable_that_has_the_name_of_another_column() -> None:
    assert table(x={"x": [0], "y": [1]}, y=[2]) == {"x": [0], "x.y": [1], "y": [2]}


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (downloads.csv, pa.csv.read_csv),
        (downloads.parquet, pa.parquet.read_table),
        (downloads.arrow, pa.feather.read_table),
    ],
)
def test_files_are_read_by_others(
    write: Callable[[Iterator[pa.RecordBatch]], Iterator[bytes]],
    read: Callable[[io.BytesIO], pa.Table],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "ROWS_AT_ONCE", 2)
    found = read(io.BytesIO(b"".join(write(batches(x=[0.5, 1.5], y=[[2.5, 0.1], [4.5, 1e-300]])))))
    assert found.to_pydict() == {"curve": [0, 0, 1, 1], "x": [0.5, 1.5, 0.5, 1.5], "y": [2.5, 0.1, 4.5, 1e-300]}

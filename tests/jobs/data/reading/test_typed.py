"""Dates and times of Parquet and Arrow files become numbers as those of texts do."""

import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.helpers.data_files import numbers, read, refused


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), sink)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("column", "values", "zero", "unit"),
    [
        ([date(2025, 3, 5), date(2025, 3, 4)], [1, 0], "2025-03-04T00:00:00", "days"),
        (
            [datetime(2025, 3, 4, 12), datetime(2025, 3, 4, 12, 0, 1, 500_000)],
            [0, 1.5],
            "2025-03-04T12:00:00",
            "seconds",
        ),
        (pa.array([10**9, 3 * 10**9], pa.timestamp("ns", "UTC")), [0, 2], "1970-01-01T00:00:01", "seconds"),
        (
            [datetime(1900, 1, 1, tzinfo=UTC), datetime(1900, 1, 2, tzinfo=UTC)],
            [0, 86400],
            "1900-01-01T00:00:00",
            "seconds",
        ),
        ([time(0, 0, 30), time(1)], [30, 3600], "00:00:00", "seconds"),
        (pa.array([1, 2], pa.time32("s")), [1, 2], "00:00:00", "seconds"),
        ([timedelta(seconds=30), timedelta(days=2)], [30, 172800], "00:00:00", "seconds"),
    ],
)
def test_dates_and_times(column: Any, values: list[float], zero: str, unit: str) -> None:
    found = read(parquet(x=column, y=[1, 2]))
    assert found.variables["x"].lists() == values
    assert found.reading is not None
    assert found.reading.dates is not None
    assert found.reading.dates["x"].model_dump() == {"zero": zero, "unit": unit}


def test_zero_and_unit_can_be_set() -> None:
    file = parquet(x=[date(2025, 3, 5), date(2025, 3, 4)], y=[1, 2])
    assert numbers(file, reading={"date_zero": "2025-03-01", "date_unit": "hours"})[0] == [96, 72]
    assert refused(file, reading={"date_zero": "noon"})[0] == ("reading", "date_zero")


def test_of_all_other_columns_those_without_numbers_are_left_out() -> None:
    found = read(parquet(x=[0, 1], a=[1, 2], note=["p", "q"], good=[True, False], b=[3.5, None]), y="*")
    assert (found.labels, found.y.lists(), list(found.left_out or ())) == (["a", "b"], [[1, 2], [3.5]], [0, 1])
    assert found.reading is not None
    assert found.reading.left_out_columns == ["note", "good"]

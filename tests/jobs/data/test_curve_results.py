"""Results of many curves as Arrow tables: what is stored, and what is read of them."""

import io
import math

import pyarrow as pa
import pyarrow.parquet
import pytest

from app.jobs.data.curve_results import block_table, csv, from_bytes, loss_table, parquet, rows, to_bytes


@pytest.fixture
def table() -> pa.Table:
    """Two curves from number 5 on, of which the second failed."""
    columns = {"coefficients": {"a": [1.5, math.nan]}, "stderr": {"a": [0.1, math.inf]}}
    return block_table(5, columns, [0.25, math.nan], [3, 0], ["converged", "nonfinite"], ["left", "right"])


def test_a_row_is_a_curve_and_what_is_not_finite_is_null(table: pa.Table) -> None:
    first, second = rows([table])
    assert first == {
        "curve": 5,
        "label": "left",
        "coefficients": {"a": 1.5},
        "stderr": {"a": 0.1},
        "final_loss": 0.25,
        "steps": 3,
        "status": "succeeded",
        "reason": "converged",
        "left_out": 0,
        "warnings": [],
    }
    assert (second["curve"], second["status"], second["final_loss"]) == (6, "failed", None)
    assert (second["coefficients"], second["stderr"]) == ({"a": None}, {"a": None})


def test_curves_without_labels_have_none() -> None:
    (row,) = rows([block_table(0, {"coefficients": {"a": [1.0]}}, [0.0], [1], ["converged"], None)])
    assert row["label"] is None


def test_what_is_stored_comes_back(table: pa.Table) -> None:
    assert from_bytes(to_bytes(table)).equals(table)


def test_losses_are_a_list_for_each_curve() -> None:
    stored = loss_table([4.0, 2.0, 9.0], [0, 2, 3])
    assert stored["losses"].to_pylist() == [[4, 2], [9]]


def test_pieces_of_a_csv_file_have_one_head(table: pa.Table) -> None:
    lines = b"".join(csv([table, table], table)).decode().splitlines()
    assert len(lines) == 5
    assert [line for line in lines if "curve" in line] == lines[:1]


def test_a_parquet_file_has_all_tables(table: pa.Table) -> None:
    assert pyarrow.parquet.read_table(io.BytesIO(parquet([table, table], table))).num_rows == 4

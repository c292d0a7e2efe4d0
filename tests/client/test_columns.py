"""Arrays, lists and series become columns of numbers, or it is said what is wrong with them."""

import numpy as np
import pyarrow as pa
import pytest
from fit_service_client import Client
from fit_service_client.columns import MANY_NUMBERS, columns_of, file_of, rows_of

from tests.helpers.measured import FORMULA, X, Y, decay


@pytest.mark.parametrize("values", [[1, 2, 3], (1.0, 2.0, 3.0), np.array([1, 2, 3], dtype=np.float32), range(1, 4)])
def test_whatever_holds_numbers_is_a_column(values: object) -> None:
    assert columns_of(values, values).target == {"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]}


def test_a_missing_value_is_null() -> None:
    assert columns_of([1, 2], [[np.nan, 2], [3, 4]]).target["y"] == [[None, 2.0], [3.0, 4.0]]


def test_curves_may_have_different_numbers_of_points() -> None:
    assert columns_of([[1, 2], [3]], [np.array([4, 5]), np.array([6])]).target == {
        "x": [[1, 2], [3]],
        "y": [[4, 5], [6]],
    }


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (["a", "b"], TypeError, "y has to be numbers"),
        ([1 + 2j], TypeError, "y has to be numbers"),
        ([1, np.inf], ValueError, "y has infinite values"),
        (np.zeros((2, 2, 2)), ValueError, "y has 3 axes"),
        (3.0, ValueError, "y has 0 axes"),
    ],
)
def test_what_are_no_columns_is_refused_in_words(values: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        rows_of(values, "y")


def test_a_table_is_refused_as_its_columns_may_be_curves_or_points() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"y\.T\.to_numpy\(\)"):
        rows_of(pandas.DataFrame({"a": [1, 2]}), "y")
    assert rows_of(pandas.Series([1, 2]), "y") == pytest.approx([1, 2])


def test_a_file_has_a_row_for_each_curve_and_what_all_share_stays_in_the_request() -> None:
    columns = columns_of([1, 2], [[3, 4], [5, np.nan]], sigma=[[1, 1], [2, 2]])
    target, content = file_of(columns, ["a", "b"])
    assert target == {"x": [1.0, 2.0], "y": "y", "sigma": "sigma", "curve": "curve"}
    table = pa.ipc.open_file(pa.BufferReader(content)).read_all()
    assert table["sigma"].to_pylist() == [[1, 1], [2, 2]]
    assert table["curve"].to_pylist() == ["a", "b"]


@pytest.mark.parametrize("several", [False, True])
def test_large_data_give_the_same_fit_as_a_file_as_small_ones_as_json(connected: Client, several: bool) -> None:
    times = MANY_NUMBERS // X.size + 1
    y = np.array([decay(X, a) for a in (1, 2)]) + (Y - decay(X))
    y[0, 3] = np.nan
    x = {"t": X, "u": np.ones_like(X)} if several else X
    formula = "a * exp(-b*t) + c * u" if several else FORMULA
    small = connected.fit(x, y, formula, labels=["one", "two"], start={"a": 1, "b": 1, "c": 0})
    large = connected.fit(
        x, np.tile(y, (times, 1)), formula, labels=["one", "two"] * times, start={"a": 1, "b": 1, "c": 0}
    )
    few, many = list(small.curves()), list(large.curves())
    assert len(many) == 2 * times
    assert [curve.coefficients for curve in many[-2:]] == [curve.coefficients for curve in few]
    assert [(curve.label, curve.left_out) for curve in many[-2:]] == [("one", 1), ("two", 0)]

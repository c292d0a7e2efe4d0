"""The columns that are fitted."""

import pytest

from app.cli.columns import Columns


@pytest.mark.parametrize(
    ("said", "variables"),
    [
        (["Time (s)"], "Time (s)"),
        (["t=Time (s)"], {"t": "Time (s)"}),
        (["x1", "x2 = dose"], {"x1": "x1", "x2": "dose"}),
        (["1=2"], "1=2"),
    ],
)
def test_a_column_may_be_that_of_a_named_variable(said: list[str], variables: object) -> None:
    assert Columns(said, ["y"]).variables == variables


def test_several_columns_of_y_are_as_many_curves() -> None:
    assert Columns(["x"], ["y"]).responses == "y"
    assert Columns(["x"], ["A1", "A2"]).responses == ["A1", "A2"]

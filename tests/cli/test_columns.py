"""The columns that are fitted: those that are named, and those that the service suggests."""

from typing import TYPE_CHECKING, Any

import pytest
import typer

from app.cli.columns import Columns

if TYPE_CHECKING:
    from app.client.fit_service_client import schemas


def table(**suggestion: str) -> "schemas.TableReading":
    nothing = dict.fromkeys(("x", "y", "sigma", "curve"))
    names = ("dose", "response", "error", "well")
    read: Any = {"columns": [{"name": name} for name in names], "suggestion": nothing | suggestion}
    of_service: schemas.TableReading = read
    return of_service


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
    assert Columns(said, ["y"]).target == {"x": variables, "y": "y"}


def test_several_columns_of_y_are_as_many_curves() -> None:
    assert Columns(["x"], ["A1", "A2"], {"sigma": "s"}).target == {"x": "x", "y": ["A1", "A2"], "sigma": "s"}


def test_what_nobody_names_is_taken_as_the_service_suggests() -> None:
    columns = Columns().completed(table(x="dose", y="response", sigma="error", curve="well"))
    assert columns.target == {"x": "dose", "y": "response", "sigma": "error", "curve": "well"}
    assert str(columns) == "x: dose, y: response, sigma: error, curve: well"
    assert str(Columns().completed(table(x="dose", y="*"))) == "x: dose, y: all others"


def test_whoever_names_a_column_has_named_all_that_are_meant() -> None:
    suggested = table(x="dose", y="response", sigma="error")
    assert Columns(x=["dose"]).completed(suggested).target == {"x": "dose", "y": "response"}


@pytest.mark.parametrize("said", [Columns(y=["dose"]), Columns(x=["x=response"]), Columns(others={"curve": "dose"})])
def test_a_column_is_not_suggested_twice(said: Columns) -> None:
    with pytest.raises(typer.BadParameter, match="'dose', 'response', 'error', 'well'"):
        said.completed(table(x="dose", y="response"))

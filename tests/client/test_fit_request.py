"""What is given in Python becomes the request of a fit."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from fit_service_client import Client
from fit_service_client.fit_request import body_of

from tests.helpers.measured import FORMULA, X, Y

CSV = "time,value,well\n0,3.0,A\n1,1.1,A\n2,0.7,A\n3,0.5,A\n0,6.1,B\n1,2.0,B\n2,1.1,B\n3,0.9,B\n"


def request_of(x: Any, y: Any, model: Any, **options: Any) -> dict[str, Any]:
    """Return the request that is sent."""
    request: dict[str, Any] = json.loads(body_of(x, y, model, options).content)  # type: ignore[arg-type]
    return request


def test_start_values_and_more_on_parameters_are_brought_together() -> None:
    options = {"start": {"a": 1, "b": "auto"}, "parameters": {"a": {"lower": 0}, "c": 2}}
    assert request_of([0], [1], FORMULA, **options)["parameters"] == {
        "a": {"lower": 0, "start": 1.0},
        "b": {"start": "auto"},
        "c": {"start": 2},
    }


def test_single_names_and_numbers_stand_for_what_they_mean() -> None:
    request = request_of([0], [1], "linear", hyperparameters="adam", loss="huber", confidence=0.9, seed=3)
    assert request["hyperparameters"] == {"optimizer": "adam"}
    assert (request["loss"], request["confidence"], request["seed"]) == ("huber", {"level": 0.9}, 3)


def test_defaults_and_given_values_start_the_parameters_of_a_function() -> None:
    request = request_of([0], [1], lambda x, e=3, b=1: e * x + b, start={"e": 5})
    assert request["parameters"] == {"e_": {"start": 5.0}, "b": {"start": 1.0}}


def test_what_a_fit_can_not_be_told_is_refused_with_what_it_can() -> None:
    with pytest.raises(TypeError, match=r"a fit has no sigmas: it has start, parameters, sigma"):
        request_of([0], [1], "linear", sigmas=[1])
    with pytest.raises(TypeError, match="give x and y"):
        request_of([0], None, "linear")


@pytest.mark.parametrize("kind", ["path", "bytes", "file", "text"])
def test_data_come_from_files_however_they_are_given(connected: Client, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "plate.csv"
    path.write_text(CSV)
    data = {"path": path, "bytes": CSV.encode(), "file": io.BytesIO(CSV.encode()), "text": io.StringIO(CSV)}[kind]
    fit = connected.fit("time", "value", "exponential_decay", data=data, curve="well")
    assert [curve.label for curve in fit.curves()] == ["A", "B"]


def test_data_come_from_a_table_of_pandas(connected: Client) -> None:
    pandas = pytest.importorskip("pandas")
    fit = connected.fit("time", "value", "linear", data=pandas.read_csv(io.StringIO(CSV)), curve="well")
    assert [curve.label for curve in fit.curves()] == ["A", "B"]


def test_deviations_and_predictor_variables_are_sent_with_their_names(connected: Client) -> None:
    fit = connected.fit({"t": X, "u": X**2}, Y, "a * t + b * u + c", sigma=Y / 10 + 1, sigma_absolute=True)
    assert fit.variables == ["a", "b", "c"]
    assert fit.data()["sigma"] == pytest.approx(Y / 10 + 1)
    assert set(fit.data()["x"]) == {"t", "u"}

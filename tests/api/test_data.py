"""Measured data are there to be read again."""

import io
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

MANY = {"x": {"u": [0, 1]}, "y": [[1, 2], [3, 4]], "sigma": [1, 2], "labels": ["a", "b"]}


def posted(client: httpx.Client, target: dict[str, Any]) -> dict[str, Any]:
    model = "a + b * u" if isinstance(target.get("x"), dict) else "a + b * x"
    response = client.post("/fit", json={"target": target, "model": model})
    assert response.status_code == 202, response.text
    found: dict[str, Any] = response.json()
    return found


def data(client: httpx.Client, fit: dict[str, Any], file_format: str) -> httpx.Response:
    response = client.get(f"/fit/{fit['id']}/data", params={"format": file_format})
    assert response.status_code == 200, response.text
    return response


@pytest.mark.parametrize(
    "target",
    [
        {"x": [0, 1], "y": [1.5, 1e-300]},
        {"x": [0, 1], "y": [1, 2], "weights": [0, 1], "response": "exp(y)"},
        MANY,
        {"x": [[0, 1], [0]], "y": [[1, 2], [3]]},
    ],
)
def test_data_come_back_in_the_shape_in_which_they_came(client: httpx.Client, target: dict[str, Any]) -> None:
    fit = posted(client, target)
    for found in (client.get(f"/fit/{fit['id']}").json()["target"], data(client, fit, "json").json()):
        assert {name: value for name, value in found.items() if value and name != "missing"} == target


def test_json_can_be_posted_again(client: httpx.Client) -> None:
    again = posted(client, data(client, posted(client, MANY), "json").json())
    assert {name: value for name, value in again["target"].items() if value and name != "missing"} == MANY


def test_files_have_one_row_a_point(client: httpx.Client) -> None:
    fit = posted(client, MANY)
    lines = data(client, fit, "csv").text.splitlines()
    assert lines[0].replace('"', "") == "curve,label,u,y,sigma"
    assert [line.replace('"', "") for line in lines[1:]] == ["0,a,0,1,1", "0,a,1,2,2", "1,b,0,3,1", "1,b,1,4,2"]
    parquet = pa.parquet.read_table(io.BytesIO(data(client, fit, "parquet").content))
    arrow = pa.feather.read_table(io.BytesIO(data(client, fit, "arrow").content))
    assert parquet.to_pydict() == arrow.to_pydict()
    assert parquet["y"].to_pylist() == [1, 2, 3, 4]


def test_a_file_has_a_name(client: httpx.Client) -> None:
    fit = posted(client, MANY)
    assert f'filename="{fit["id"]}-data.csv"' in data(client, fit, "csv").headers["Content-Disposition"]


def test_a_function_has_no_data(client: httpx.Client) -> None:
    fit = client.post("/fit", json={"hyperparameters": {"steps": 1}}).json()
    response = client.get(f"/fit/{fit['id']}/data")
    assert response.status_code == 404
    assert "function" in response.json()["detail"]

"""Data as a file beside the request."""

import io
import json
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.helpers.running_service import RunningService
from tests.helpers.spreadsheets import xlsx

CSV = b"dose,r,sd,well\n0,1,1,a\n1,3,1,a\n2,5,1,a\n"
LINE = {"target": {"x": "dose", "y": "r", "sigma": "sd"}, "model": "a + b * x"}


def post(client: httpx.Client, fit: Any, data: bytes, **headers: str) -> httpx.Response:
    files = {"fit": (None, json.dumps(fit), "application/json"), "data": ("data", data)}
    return client.post("/fit", files=files, headers=headers)


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert len(response.content) < 5000
    found: dict[str, Any] = response.json()
    return found


def pointers(response: httpx.Response) -> set[str]:
    return {error["pointer"] for error in problem(response, 422)["errors"]}


def test_a_file_is_fitted_as_the_same_numbers_in_json_are(service: RunningService) -> None:
    uploaded = service.ended(post(service.client, LINE, CSV).json()["id"])
    target = {"x": [0, 1, 2], "y": [1, 3, 5], "sigma": [1, 1, 1]}
    body = {"target": target, "model": "a + b * x"}
    posted = service.fitted(body)
    assert uploaded["status"] == "succeeded"
    assert uploaded["target"] | {"reading": None} == posted["target"]
    assert uploaded["result"]["coefficients"] == posted["result"]["coefficients"]


def test_parquet_of_many_curves(client: httpx.Client) -> None:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.table({"y": [[1, 2], [3, 5]], "name": ["p", "q"]}), sink)
    fit = {"target": {"x": [0, 1], "y": "y", "curve": "name"}, "model": "a + b * x"}
    target = post(client, fit, sink.getvalue()).json()["target"]
    assert (target["x"], target["y"], target["labels"]) == ([0, 1], [[1, 2], [3, 5]], ["p", "q"])


def test_the_request_may_be_a_file_too(client: httpx.Client) -> None:
    files = {"fit": ("fit.json", json.dumps(LINE), "application/json"), "data": ("data.csv", CSV, "text/csv")}
    assert client.post("/fit", files=files).status_code == 202


def test_the_same_upload_with_the_same_key_is_the_same_fit(client: httpx.Client) -> None:
    first, second = (post(client, LINE, CSV, **{"Idempotency-Key": "upload"}).json()["id"] for _ in range(2))
    assert first == second
    other = post(client, LINE, CSV.replace(b"5", b"6"), **{"Idempotency-Key": "upload"})
    problem(other, 422)


@pytest.mark.parametrize(
    ("target", "pointer"),
    [
        ({"x": "dosis", "y": "r"}, "#/target/x"),
        ({"x": {"u": "dose", "v": "q"}, "y": "r"}, "#/target/x/v"),
        ({"x": "dose", "y": ["r", "q"]}, "#/target/y/1"),
        ({"x": "dose", "y": "r", "curve": "q"}, "#/target/curve"),
        ({"x": "dose", "y": "well"}, "#/target/y"),
        ({"x": [0, None, 2], "y": "r"}, "#/target/x/1"),
        ({"x": [0, 1], "y": "r"}, "#/target/y"),
        ({"x": "dose", "y": 5}, "#/target/y"),
        ({"x": "dose"}, "#/target/y"),
        ({"x": "dose", "y": "r", "labels": ["a"]}, "#/target/labels"),
        ({"x": "dose", "y": "r", "response": "log(x)"}, "#/target/response"),
        (5, "#/target"),
        (None, "#/target"),
    ],
)
def test_the_field_is_named(client: httpx.Client, target: Any, pointer: str) -> None:
    assert pointers(post(client, LINE | {"target": target}, CSV)) == {pointer}


def test_the_rest_of_the_request_is_checked_as_ever(client: httpx.Client) -> None:
    assert pointers(post(client, LINE | {"modell": 1}, CSV)) == {"#/modell"}
    assert pointers(post(client, LINE | {"device": "tpu"}, CSV)) == {"#/device"}


def test_a_sheet_of_excel_with_an_empty_well(service: RunningService) -> None:
    rows = [["made by", "Ann"], ["dose", "a", "b", "remark"], *([n, n, None, "ok"] for n in range(4))]
    fit = {"target": {"x": "dose", "y": "*"}, "model": "a + b * x"}
    ended = service.ended(post(service.client, fit, xlsx({"Plate": rows})).json()["id"])
    assert (ended["reason"], ended["target"]["labels"]) == ("curves_failed", ["a", "b"])
    assert ended["target"]["reading"]["sheet"] == "Plate"
    curves = service.client.get(ended["urls"]["curves"]).json()["data"]
    assert [(curve["reason"], curve["left_out"]) for curve in curves] == [("converged", 0), ("no_points", 4)]
    assert ended["warnings"] == ["4 points lack a value and are left out: 4 of curve 1 (b)"]
    again = service.client.get(ended["urls"]["curves"], params={"format": "csv"}).text
    assert "left_out" in again.splitlines()[0]
    assert service.client.get(ended["urls"]["data"], params={"format": "csv"}).status_code == 200


def test_how_a_file_was_read_is_in_the_answer_and_what_has_two_readings_is_named(client: httpx.Client) -> None:
    file = "Ann\n\ndose;r;sd\n0;1;1\n0,5;3;1\n1;5;1\nTotal;9;3\n".encode("utf-16")
    fit = post(client, LINE, file).json()
    assert fit["target"]["x"] == [0, 0.5, 1]
    found = {name: fit["target"]["reading"][name] for name in ("encoding", "separator", "decimal", "header_row")}
    assert found == {"encoding": "utf-16", "separator": ";", "decimal": ",", "header_row": 3}
    assert any("row 7 on ('Total')" in warning for warning in fit["warnings"])
    assert pointers(post(client, LINE, b"dose;r;sd\n0;1,234;1\n1;2;1\n")) == {"#/target/reading/decimal"}


@pytest.mark.parametrize("data", [b"", b"PAR1 and no more", b"ARROW1\0\0 and no more", b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read(client: httpx.Client, data: bytes) -> None:
    assert problem(post(client, LINE, data), 422)["detail"].startswith("part data: ")


def test_more_points_than_allowed(client: httpx.Client) -> None:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.table({"dose": [0.0] * 100_001, "r": [0.0] * 100_001, "sd": [1.0] * 100_001}), sink)
    assert "100000 points" in problem(post(client, LINE, sink.getvalue()), 422)["detail"]


def test_an_upload_that_is_larger_than_allowed(client: httpx.Client) -> None:
    problem(post(client, LINE, b"0" * 2_000_000), 413)


@pytest.mark.parametrize("fit", [[], 5, "text"])
def test_a_request_that_is_not_an_object(client: httpx.Client, fit: Any) -> None:
    assert "part fit" in problem(post(client, fit, CSV), 422)["detail"]


def test_of_two_files_none_is_chosen(client: httpx.Client) -> None:
    files = [("fit", (None, json.dumps(LINE), "application/json")), ("data", ("a", CSV)), ("data", ("b", CSV))]
    assert problem(client.post("/fit", files=files), 422)["detail"] == "send one part data, not 2"


def test_parts_that_are_missing(client: httpx.Client) -> None:
    problem(client.post("/fit", files={"data": ("data.csv", CSV)}), 422)
    problem(client.post("/fit", files={"fit": (None, json.dumps(LINE))}), 422)


@pytest.mark.parametrize("media_type", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_a_body_that_is_not_made_of_parts(client: httpx.Client, media_type: str) -> None:
    problem(client.post("/fit", content=b"nothing", headers={"Content-Type": media_type}), 400)


def test_a_request_that_is_not_json(client: httpx.Client) -> None:
    problem(client.post("/fit", files={"fit": (None, "{"), "data": ("data.csv", CSV)}), 400)

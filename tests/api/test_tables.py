"""Files of data as tables to look at, over HTTP."""

import io
import json
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.helpers.running_service import RunningService


def read(service: RunningService, content: str | bytes, reading: Any = None) -> httpx.Response:
    part = {} if reading is None else {"reading": (None, json.dumps(reading), "application/json")}
    return service.client.post("/read", files={"data": ("pasted.txt", content), **part})


def test_pasted_text_is_shown_as_it_was_read(service: RunningService) -> None:
    answer = read(service, "dose\tresponse\n0,5\t1,5\n1\t2\n")
    assert answer.status_code == 200, answer.text
    table = answer.json()
    assert (table["total_rows"], table["rows"]) == (2, [[0.5, 1.5], [1, 2]])
    assert (table["suggestion"]["x"], table["suggestion"]["y"]) == ("dose", "response")
    assert (table["reading"]["decimal"], table["reading"]["separator"]) == (",", "\t")


def test_what_is_shown_is_what_a_fit_reads(service: RunningService) -> None:
    content = "t [s];U [mV]\n0,5;1,5\n1;2\n1,5;2,6\nMean;2,03\n"
    table = read(service, content).json()
    target = {"x": table["suggestion"]["x"], "y": table["suggestion"]["y"]}
    request = json.dumps({"target": target, "model": "a + b*x"})
    fit = service.client.post("/fit", files={"data": ("a.csv", content)}, data={"fit": request}).json()
    assert [[x, y] for x, y in zip(fit["target"]["x"], fit["target"]["y"], strict=True)] == table["rows"]
    assert fit["target"]["reading"]["last_row"] == table["reading"]["last_row"]


def test_large_and_packed_files_are_read_in_a_process(service: RunningService) -> None:
    large = read(service, "x,y\n" + "".join(f"{k},{k / 7}\n" for k in range(50_000)))
    assert (large.status_code, large.json()["total_rows"]) == (200, 50_000)
    file = io.BytesIO()
    pa.parquet.write_table(pa.table({"x": [1.0, 2.0], "y": [3, 4]}), file)
    packed = read(service, file.getvalue())
    assert packed.json()["reading"]["format"] == "parquet"
    assert service.spooled == []


def test_two_readings_are_the_problem_that_a_fit_has(service: RunningService) -> None:
    content = "x;y\n1;1,234\n2;2,345\n"
    answer = read(service, content)
    request = json.dumps({"target": {"x": "x", "y": "y"}, "model": "a + b*x"})
    of_fit = service.client.post("/fit", files={"data": ("a.csv", content)}, data={"fit": request})
    assert (answer.status_code, answer.json()["type"]) == (422, of_fit.json()["type"])
    (error,), (error_of_fit,) = answer.json()["errors"], of_fit.json()["errors"]
    assert (error["pointer"], error_of_fit["pointer"]) == ("#/reading/decimal", "#/target/reading/decimal")
    assert error["detail"] == error_of_fit["detail"]
    assert read(service, content, {"decimal": ","}).json()["rows"] == [[1, 1.234], [2, 2.345]]


@pytest.mark.parametrize(
    ("files", "status", "slug"),
    [
        ({"other": ("a.csv", "x,y\n1,2\n")}, 422, "invalid-upload"),
        ({"data": ("a.csv", "")}, 422, "invalid-upload"),
        ({"data": ("a.csv", "x\n1\n"), "fit": ("f", "{}")}, 422, "invalid-upload"),
        ({"data": ("a.csv", "x,y\n1,2\n"), "reading": ("r", "{")}, 400, "malformed-body"),
        ({"data": ("a.csv", "x,y\n1,2\n"), "reading": ("r", "[]")}, 422, "invalid-fields"),
        ({"data": ("a.csv", "x,y\n1,2\n"), "reading": ("r", '{"decimal": "x"}')}, 422, "invalid-fields"),
        ({"data": ("a.parquet", b"PAR1nonsense")}, 422, "invalid-upload"),
    ],
)
def test_what_is_wrong_is_told(service: RunningService, files: dict[str, Any], status: int, slug: str) -> None:
    answer = service.client.post("/read", files=files)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


@pytest.mark.parametrize(
    ("content", "reading", "words"),
    [
        ("%\x0b\r\n", None, "the file is empty"),
        ("#\x0c", None, "the file is empty"),
        ("#\x0c\n1,2\n", {"header_row": 1}, "this row has no names"),
    ],
)
def test_the_mark_of_a_comment_alone_names_nothing(
    service: RunningService, content: str, reading: Any, words: str
) -> None:
    answer = read(service, content, reading)
    assert answer.status_code == 422, answer.text
    assert words in answer.text


def test_what_is_no_form_is_refused(service: RunningService) -> None:
    assert service.client.post("/read", json={}).status_code == 415

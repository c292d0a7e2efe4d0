"""The lines of the log, as text and as JSON."""

import json
import logging
import sys

import pytest

from app.operations.logs import REQUEST_ID, JsonLines, TextLines, configuration, fields


def record(words: str, error: bool = False, **values: object) -> logging.LogRecord:
    made = logging.LogRecord(
        "app.somewhere", logging.WARNING, __file__, 1, words, (), sys.exc_info() if error else None
    )
    made.__dict__ |= fields(**values)
    return made


def test_a_line_of_text_has_time_level_words_and_fields() -> None:
    moment, _, rest = TextLines().format(record("fit ended", fit="fit_1", reason=None, seconds=0.5)).partition(" ")
    assert rest == "warning: fit ended fit=fit_1 seconds=0.5"
    assert moment.endswith("Z")


@pytest.mark.parametrize("value", ["two words", 'a"b', "a=b", "break\nmade=up", "esc\x1b[31m", "ü"])
def test_no_value_looks_like_another_line_or_field(value: str) -> None:
    assert TextLines().format(record("request", path=value)).endswith(f"path={json.dumps(value)}")


def test_no_words_look_like_another_line() -> None:
    assert TextLines().format(record("a\nb")).endswith("a\\nb")


def test_a_line_of_json_has_the_same() -> None:
    line = json.loads(JsonLines().format(record("request", status=200, path="a\nb")))
    assert line.pop("time").endswith("Z")
    expected = {"level": "warning", "logger": "app.somewhere", "message": "request", "status": 200, "path": "a\nb"}
    assert line == expected


@pytest.mark.parametrize("lines", [TextLines(), JsonLines()])
def test_a_traceback_is_told(lines: logging.Formatter) -> None:
    try:
        raise ValueError("wrong")
    except ValueError:
        assert "ValueError: wrong" in lines.format(record("failed", error=True))


def test_what_is_written_while_a_request_is_answered_has_its_id() -> None:
    before = REQUEST_ID.set("id-1")
    try:
        assert TextLines().format(record("failed")).endswith("failed request=id-1")
    finally:
        REQUEST_ID.reset(before)


def test_rows_are_told_at_no_level() -> None:
    assert configuration("debug", "text")["loggers"]["sqlalchemy"] == {"level": "WARNING"}

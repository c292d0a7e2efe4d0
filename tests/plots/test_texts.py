"""Texts of figures."""

import pytest

from app.plots.texts import wrapped


@pytest.mark.parametrize("text", ["a few words that need several lines", "x" * 5_000, "", "word " * 2_000])
def test_a_text_has_lines_that_fit(text: str) -> None:
    lines = wrapped(text, 30, 10, 3).split("\n")
    assert len(lines) <= 3
    assert all(len(line) <= 14 for line in lines)


def test_what_has_no_room_is_cut() -> None:
    assert wrapped("word " * 50, 30, 10, 2).endswith("…")
    assert wrapped("two words", 100, 10, 2) == "two words"

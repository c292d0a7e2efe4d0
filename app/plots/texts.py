"""Texts of figures, as long as there is room for them."""

import textwrap

LONGEST_LABEL = 120
_MOST_LETTERS = 1_000
_FEWEST = 8
_LETTER = 0.6 * 25.4 / 72
"""About how many millimetres wide a letter is, of each point of its size."""


def cut(text: str) -> str:
    """Return a text on one line, without letters that no file can hold, and not longer than a figure can show."""
    line = _printable(text)
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"


def wrapped(text: str, millimetres: float, points: float, lines: int) -> str:
    """Return a text in letters of so many points on at most so many lines, none much wider than `millimetres`."""
    letters = max(_FEWEST, letters_in(millimetres, points))
    return "\n".join(textwrap.wrap(_printable(text)[:_MOST_LETTERS], letters, max_lines=lines, placeholder="…"))


def letters_in(millimetres: float, points: float) -> int:
    """Return how many letters of so many points there is room for."""
    return int(millimetres / (points * _LETTER))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))

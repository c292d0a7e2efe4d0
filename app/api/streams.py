"""Long answers as text in pieces that are worth sending: numbers by the million must not become one text."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, islice, pairwise
from typing import Any

import pydantic_core

from app.schemas.numbers import Numbers

CHARACTERS_AT_ONCE = 200_000
"""Least number of characters of a piece, except of the last: each piece costs a switch of threads."""
ITEMS_AT_ONCE = 5_000
"""Most items of a list that are written at once."""


def gathered(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts joined to pieces that are worth sending."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= CHARACTERS_AT_ONCE:
            yield "".join(piece)
            piece, size = [], 0
    yield "".join(piece)


def json_pieces(value: Any) -> Iterator[str]:
    """Yield the JSON text of a value in pieces; a number that is not finite is null.

    Mappings, at any depth, are written value by value, and among these every array, `Numbers` and iterator as a list,
    some items at a time. Everything else is written at once.
    """
    return gathered(_texts(value))


def _texts(value: Any) -> Iterator[str]:
    """Yield the JSON text of a value in short texts."""
    if isinstance(value, Mapping):
        yield "{"
        for index, (name, inner) in enumerate(value.items()):
            yield f"{',' if index else ''}{_text(name)}:"
            yield from _texts(inner)
        yield "}"
    elif isinstance(value, Numbers):
        yield from _texts(value.values) if value.lengths is None else _lists(value.values, value.lengths)
    elif isinstance(value, array | Iterator):
        yield "["
        items = iter(value)
        separator = ""
        while some := list(islice(items, ITEMS_AT_ONCE)):
            yield separator + _text(some)[1:-1]
            separator = ","
        yield "]"
    else:
        yield _text(value)


def _lists(values: "array[float]", lengths: "array[int]") -> Iterator[str]:
    """Yield the JSON text of a list of lists that stand one after another in `values`."""
    yield "["
    for index, (first, last) in enumerate(pairwise(accumulate(lengths, initial=0))):
        yield "," if index else ""
        yield from _texts(values[first:last])
    yield "]"


def _text(value: Any) -> str:
    return pydantic_core.to_json(value, inf_nan_mode="null").decode()

"""What options say in words of the form `name=value`, read one by one: typer names the option of a wrong one."""

import json
import math
from dataclasses import dataclass
from typing import Any

import typer


@dataclass(frozen=True)
class Named:
    """A name, and what is said of it."""

    name: str
    value: Any


def text(words: str) -> Named:
    """Return `name=text`."""
    name, mark, value = words.partition("=")
    if not mark or not name.strip():
        raise typer.BadParameter(f"{words!r} is not of the form name=value")
    return Named(name.strip(), value.strip())


def setting(words: str) -> Named:
    """Return `name=value`, of which the value is a number, true, false, or else a text."""
    said = text(words)
    return Named(said.name, json_or_text(said.value))


def start(words: str) -> Named:
    """Return `name=number` or `name=auto`."""
    said = text(words)
    return Named(said.name, "auto" if said.value == "auto" else number(said.value))


def fixed(words: str) -> Named:
    """Return `name=number`, or `name` alone, whose value is its start then."""
    return start(words) if "=" in words else Named(words.strip(), None)


def bounds(words: str) -> Named:
    """Return `name=lower:upper`, of which one may be left out."""
    said = text(words)
    lower, mark, upper = said.value.partition(":")
    if not mark or not (lower.strip() or upper.strip()):
        raise typer.BadParameter(f"{words!r} is not of the form name=lower:upper, such as a=0:10, a=0: or a=:10")
    ends = {"lower": lower, "upper": upper}
    return Named(said.name, {name: number(end) for name, end in ends.items() if end.strip()})


def numbers(words: str) -> Named:
    """Return `1,2,3` as numbers without a name, or `t=1,2,3` as those of a variable."""
    name, mark, listed = words.rpartition("=")
    return Named(name.strip() if mark else "", [number(word) for word in listed.split(",")])


def number(word: str) -> float:
    """Return a finite number."""
    try:
        value = float(word)
    except ValueError:
        raise typer.BadParameter(f"{word.strip()!r} is no number") from None
    if not math.isfinite(value):
        raise typer.BadParameter(f"{word.strip()} is no finite number")
    return value


def name_or_object(words: str) -> Any:
    """Return a name or formula as it is; `{...}` is the JSON object that the service takes instead."""
    if not words.lstrip().startswith("{"):
        return words
    try:
        return json.loads(words)
    except json.JSONDecodeError as error:
        raise typer.BadParameter(f"it begins as JSON, but is none: {error}") from None


def json_or_text(word: str) -> Any:
    """Return a number, true, false or a list, as JSON writes them, or else the text."""
    try:
        return json.loads(word)
    except json.JSONDecodeError:
        return word

"""The request of a fit, from what the options of the command say."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from app.cli.values import Named, json_or_text

_IS_JSON = frozenset({"header_row", "first_row", "last_row", "transpose", "missing_words", "date_system"})
"""What of the reading is no text: the name of a sheet may be 2024."""
_FIELDS = {
    "model": "MODEL",
    "target/x": "--x",
    "target/y": "--y",
    "target/sigma": "--sigma",
    "target/weights": "--weights",
    "target/curve": "--curve",
    "target/response": "--response",
    "target/missing": "--missing",
    "target/reading": "--reading",
    "hyperparameters/optimizer": "--optimizer",
    "hyperparameters": "--hyperparameter",
    "confidence/level": "--level",
    "confidence": "--level",
    "loss": "--loss",
    "seed": "--seed",
    "metadata": "--label",
    "webhook": "--webhook",
    "parameters": "parameter",
}
"""Which option says what stands in a field of the request, the innermost first."""


@dataclass(frozen=True)
class Parameters:
    """What the options say of the parameters of the model."""

    start: Sequence[Named] = ()
    fixed: Sequence[Named] = ()
    bounds: Sequence[Named] = ()
    tied: Sequence[Named] = ()
    shared: Sequence[str] = ()

    def described(self) -> dict[str, dict[str, Any]]:
        """Return the parameters by name, as a fit takes them."""
        told: dict[str, dict[str, Any]] = {}
        for one in self.start:
            told.setdefault(one.name, {})["start"] = one.value
        for one in self.fixed:
            described = told.setdefault(one.name, {})
            described["fixed"] = True
            if one.value is not None:
                described["start"] = one.value
            elif "start" not in described:
                hint = f"say at which value {one.name} is held: --fixed {one.name}=1"
                raise typer.BadParameter(hint, param_hint="--fixed")
        for one in self.bounds:
            told.setdefault(one.name, {}).update(one.value)
        for one in self.tied:
            told.setdefault(one.name, {})["tied"] = one.value
        for name in self.shared:
            told.setdefault(name, {})["shared"] = True
        return told


def source(data: str) -> bytes | Path:
    """Return the data, or the file that has them. Raises BadParameter for one that can't be read."""
    if data == "-":
        if sys.stdin.isatty():
            typer.echo("paste the data, with the names of the columns; Ctrl-D ends them", err=True)
        return sys.stdin.buffer.read()
    path = Path(data)
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise typer.BadParameter(f"{data} can't be read: {error.strerror}", param_hint="DATA") from None


def reading(said: Iterable[Named]) -> dict[str, Any] | None:
    """Return how the file is read; None if nothing is said of it."""
    return {one.name: json_or_text(one.value) if one.name in _IS_JSON else one.value for one in said} or None


def hyperparameters(optimizer: str | None, said: Iterable[Named]) -> dict[str, Any] | None:
    """Return the optimizer with its settings; None if nothing is said of it."""
    return ({} if optimizer is None else {"optimizer": optimizer}) | named(said) or None


def named(said: Iterable[Named]) -> dict[str, Any]:
    """Return what is said by name."""
    return {one.name: one.value for one in said}


def field_of(pointer: str) -> str:
    """Return the option that says what a JSON pointer to a field of the request means, and what follows in it."""
    path = pointer.removeprefix("#").strip("/").removeprefix("fit/")
    for beginning, option in _FIELDS.items():
        if path == beginning or path.startswith(f"{beginning}/"):
            rest = path.removeprefix(beginning).strip("/").split("/")
            return " ".join([option, *(part.replace("~1", "/").replace("~0", "~") for part in rest)]).strip()
    return path.replace("/", ", ")

"""The request of a fit, from what the options of the command say."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import typer

from app.cli.values import Named

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


@dataclass(frozen=True)
class Columns:
    """The columns of the file that the options name."""

    x: Sequence[str] = ()
    y: Sequence[str] = ()
    others: dict[str, str | None] = field(default_factory=dict)
    """Columns of sigma, weights and curve."""

    @property
    def variables(self) -> str | dict[str, str]:
        """Return the column of x; or predictor variables, which `--x t=Time` names, each with its column."""
        split = [_variable(words) for words in self.x]
        if len(split) == 1 and split[0][0] is None:
            return split[0][1]
        return {column if variable is None else variable: column for variable, column in split}

    @property
    def responses(self) -> str | list[str]:
        """Return the column of y, or those of many curves."""
        return self.y[0] if len(self.y) == 1 else list(self.y)


def reading(said: Iterable[Named]) -> dict[str, Any] | None:
    """Return how the file is read; None if nothing is said of it."""
    from app.cli.values import setting  # noqa: PLC0415

    told = {one.name: setting(f"_={one.value}").value if one.name in _IS_JSON else one.value for one in said}
    return told or None


def field_of(pointer: str) -> str:
    """Return the option that says what a JSON pointer to a field of the request means, and what follows in it."""
    path = pointer.removeprefix("#").strip("/").removeprefix("fit/")
    for beginning, option in _FIELDS.items():
        if path == beginning or path.startswith(f"{beginning}/"):
            rest = path.removeprefix(beginning).strip("/").replace("~1", "/").replace("~0", "~")
            return " ".join([option, *rest.split("/")]).strip() if rest else option
    return path.replace("/", ", ")


def _variable(words: str) -> tuple[str | None, str]:
    """Return a predictor variable and its column; None for a variable that is not named."""
    named = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(.*\S)\s*", words)
    return (None, words) if named is None else (named[1], named[2])

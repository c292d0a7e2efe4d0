"""The columns of the file that are fitted: those that are named, or those that the service suggests."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from app.client.fit_service_client import schemas


_MOST_NAMED = 20


@dataclass(frozen=True)
class Columns:
    """The columns of x and y, and those of sigma, weights and curve as far as there are any."""

    x: Sequence[str] = ()
    y: Sequence[str] = ()
    others: dict[str, str] = field(default_factory=dict)

    @property
    def are_complete(self) -> bool:
        """Tell whether x and y are named."""
        return bool(self.x and self.y)

    @property
    def target(self) -> dict[str, str | list[str] | dict[str, str]]:
        """Return what a target says of columns; predictor variables are named by `--x t=Time`."""
        split = [_variable(words) for words in self.x]
        variables = {column if variable is None else variable: column for variable, column in split}
        is_plain = len(split) == 1 and split[0][0] is None
        return {
            "x": split[0][1] if is_plain else variables,
            "y": self.y[0] if len(self.y) == 1 else list(self.y),
            **self.others,
        }

    def completed(self, table: "schemas.TableReading") -> "Columns":
        """Return the columns with those that the service takes them for where nothing is said of them.

        Raises BadParameter where it takes none for x or y, or the same.
        """
        taken = {column for _, column in map(_variable, self.x)} | {*self.y, *self.others.values()}
        found = {role: str(column) for role, column in table["suggestion"].items() if column not in (None, *taken)}
        x, y = self.x or _listed(found.get("x")), self.y or _listed(found.get("y"))
        if not (x and y):
            names = ", ".join(repr(column["name"]) for column in table["columns"][:_MOST_NAMED])
            raise typer.BadParameter(f"say which column is which; the file has {names}", param_hint="--x, --y")
        # Whoever names columns has named all that are meant.
        others = {} if self.x or self.y else {role: found[role] for role in ("sigma", "curve") if role in found}
        return Columns(x, y, others | self.others)

    def __str__(self) -> str:
        """Return in words which column is what."""
        roles = {"x": ", ".join(self.x), "y": "all others" if self.y == ["*"] else ", ".join(self.y), **self.others}
        return ", ".join(f"{role}: {column}" for role, column in roles.items())


def _listed(column: str | None) -> list[str]:
    return [] if column is None else [column]


def _variable(words: str) -> tuple[str | None, str]:
    """Return a predictor variable and its column; None for a variable that is not named."""
    named = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(.*\S)\s*", words)
    return (None, words) if named is None else (named[1], named[2])

"""The columns of the file that are fitted: those that are named, or those that the service suggests."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Columns:
    """The columns of x and of y."""

    x: Sequence[str]
    y: Sequence[str]

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


def _variable(words: str) -> tuple[str | None, str]:
    """Return a predictor variable and its column; None for a variable that is not named."""
    named = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(.*\S)\s*", words)
    return (None, words) if named is None else (named[1], named[2])

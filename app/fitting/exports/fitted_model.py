"""What is exported: a formula with its coefficients."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.fitting.formulas.formula import Formula, parse


class ExportError(ValueError):
    """The model can't be written in this language, or not so; the message says why and what to do."""


@dataclass(frozen=True)
class FittedModel:
    """A formula in variables and parameters, and the numbers that a fit found for the parameters."""

    title: str
    """One line of words without quotes that says where the model comes from."""
    formula: str
    variables: tuple[str, ...]
    """In the order in which a function takes them."""
    coefficients: Mapping[str, float]
    """Finite, by parameter."""
    stderr: Mapping[str, float | None]
    response: str | None = None
    """Formula in y of what the model gives; None: y itself."""

    @cached_property
    def parsed(self) -> Formula:
        """The formula, read."""
        return parse(self.formula, self.variables)

    @property
    def parameters(self) -> dict[str, float]:
        """Coefficients of the parameters that stand in the formula, in its order."""
        return {name: float(self.coefficients[name]) for name in self.parsed.parameters}

    @property
    def equation(self) -> str:
        """The formula and what it gives, in one line."""
        return f"{one_line(self.response or 'y')} = {one_line(self.formula)}"


def one_line(text: str) -> str:
    """A formula's text without line breaks."""
    return " ".join(text.split())


def renamed(names: Collection[str], reserved: Collection[str]) -> dict[str, str]:
    """A name in another language for each name: itself, or with `_` after it where the language has taken it."""
    chosen: dict[str, str] = {}
    for name in names:
        new = name
        while new in reserved or (new != name and new in names):
            new += "_"
        chosen[name] = new
    return chosen

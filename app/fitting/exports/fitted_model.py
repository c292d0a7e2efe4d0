"""A fitted model, which is what exports write: a formula with its coefficients."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.fitting.formulas.formula import Formula, parse


class ExportError(ValueError):
    """The model can't be written in this language or in this way; the message says why and what to do."""


@dataclass(frozen=True)
class FittedModel:
    """A formula in variables and parameters, and the numbers that a fit found for the parameters."""

    title: str
    """One line of words without quotes that says where the model comes from."""
    formula: str
    variables: tuple[str, ...]
    """Names of the variables, in the order in which a function takes them."""
    coefficients: Mapping[str, float]
    """Finite numbers by parameter."""
    stderr: Mapping[str, float | None]
    response: str | None = None
    """Formula in y for the quantity that the model describes; None: y itself."""

    @cached_property
    def parsed(self) -> Formula:
        """Return the formula, parsed."""
        return parse(self.formula, self.variables)

    @property
    def parameters(self) -> dict[str, float]:
        """Return the coefficients of the parameters that stand in the formula, in its order."""
        return {name: float(self.coefficients[name]) for name in self.parsed.parameters}

    @property
    def equation(self) -> str:
        """Return response = formula, in one line."""
        return f"{one_line(self.response or 'y')} = {one_line(self.formula)}"


def one_line(text: str) -> str:
    """Return a formula's text without line breaks."""
    return " ".join(text.split())


def renamed(names: Collection[str], reserved: Collection[str]) -> dict[str, str]:
    """Return a name in another language for each name: itself, or with `_` after it where the language reserves it."""
    chosen: dict[str, str] = {}
    for name in names:
        new = name
        while new in reserved or (new != name and new in names):
            new += "_"
        chosen[name] = new
    return chosen

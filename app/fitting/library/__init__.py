"""Models by name: formula, LaTeX, meanings of the parameters, and a guess of their start values from the data."""

import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from torch import Tensor

from app.fitting.library import dose_response, growth, peaks, periodic, polynomials
from app.fitting.library.base import Bounds, Entry, LibraryError, LibraryModel
from app.fitting.library.options import Number, Option, Value, Values
from app.fitting.library.origins import origin_of
from app.fitting.library.sums import sum_of

__all__ = [
    "MODELS",
    "Bounds",
    "Entry",
    "LibraryError",
    "LibraryModel",
    "model_like",
    "resolve_model",
    "resolve_parts",
    "settled_options",
]

MODELS: Mapping[str, Entry] = MappingProxyType(
    polynomials.ENTRIES | growth.ENTRIES | dose_response.ENTRIES | peaks.ENTRIES | periodic.ENTRIES
)
"""Every model by name."""


def model_like(name: str, similarity: float = 0.75) -> str | None:
    """Return the name of the model that a name is or resembles most, by at least this share of its letters, or None."""
    return next(iter(difflib.get_close_matches(name.lower(), MODELS, n=1, cutoff=similarity)), None)


def resolve_model(name: str, options: Mapping[str, object], variables: Sequence[str]) -> LibraryModel:
    """Return the model of that name in these predictor variables.

    Raises LibraryError for an unknown name or option, an option out of its range, and variables that do not fit.
    """
    entry = MODELS.get(name)
    if entry is None:
        close = model_like(name, 0.6)
        hint = f": did you mean {close}?" if close else ""
        raise LibraryError("name", f"there is no model of this name, see GET /models{hint}")
    if entry.variables is not None and len(variables) != entry.variables:
        raise LibraryError("name", f"{name} is a model of {entry.variables} predictor variables, not {len(variables)}")
    for option in options:
        if option not in entry.options:
            known = ", ".join(entry.options) or "none"
            raise LibraryError(option, f"{name} has no such option; it has: {known}")
    values = {option: _value(option, rule, options.get(option)) for option, rule in entry.options.items()}
    model = entry.build(Values(values), variables)
    for variable in variables:
        if variable in model.parameters:
            raise LibraryError("name", f"{variable} is a parameter of {name}: choose another name for the variable")
    return model


def resolve_parts(parts: Sequence[tuple[str, Mapping[str, object]]], variables: Sequence[str]) -> LibraryModel:
    """Return the sum of models, each by its name and options; one alone is itself.

    Raises LibraryError as `resolve_model` does, with the number of the part, and where the parts make no sum.
    """
    if len(parts) == 1:
        return resolve_model(*parts[0], variables)
    models = []
    for number, (name, options) in enumerate(parts):
        try:
            models.append((name, resolve_model(name, options, variables)))
        except LibraryError as error:
            raise LibraryError(error.field, str(error), number) from None
    return sum_of(models, variables)


def settled_options(name: str, options: Mapping[str, object], x: Tensor) -> dict[str, object]:
    """Return the options of a model, with those that follow from the data and were left out.

    `x` (points,) are the values of the first variable, of all curves. The options need not be right.
    """
    entry = MODELS.get(name)
    origin = None if entry is None else entry.options.get("origin")
    if not isinstance(origin, Number) or options.get("origin") is not None:
        return dict(options)
    return {**options, "origin": origin_of(origin, x)}


def _value(name: str, option: Option, value: object) -> Value:
    if value is None:
        return option.default
    try:
        return option.checked(value)
    except ValueError as error:
        raise LibraryError(name, str(error)) from None

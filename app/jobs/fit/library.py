"""The model of the library, or the sum of several, that a fit names."""

from collections.abc import Sequence

from app.fitting.library import LibraryModel, resolve_parts
from app.schemas.model import OfLibrary


def library_model(model: OfLibrary, variables: Sequence[str]) -> LibraryModel:
    """Return the model in these predictor variables. Raise LibraryError for one that there is not."""
    return resolve_parts([(part.name, part.options) for part in model.parts], variables)

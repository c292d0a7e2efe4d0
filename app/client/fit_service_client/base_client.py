"""What the blocking and the asynchronous client share."""

from typing import Generic, TypeVar

from .base_fit import BaseFit
from .connection import Connection
from .schemas import Fit as FitDocument
from .sending import Retries

F = TypeVar("F", bound=BaseFit)


class BaseClient(Connection, Generic[F]):
    """A connection to a service, of which fits are of one class."""

    def __init__(self, fit_class: type[F], url: str | None, key: str | None, retries: Retries) -> None:
        super().__init__(url, key, retries)
        self._fit_class = fit_class

    def fit_of(self, document: FitDocument) -> F:
        """Return the fit that a document describes."""
        return self._fit_class(self, document)

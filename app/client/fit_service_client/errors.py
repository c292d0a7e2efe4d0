"""The errors of the client; those that the service tells are in `problems`, a class for each kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


class FitServiceError(Exception):
    """Something that has to do with the service went wrong; all other errors of the client are kinds of it."""


class ServiceUnreachableError(FitServiceError):
    """The service could not be reached, or did not answer, however often it was tried."""


class WaitTimeoutError(FitServiceError, TimeoutError):
    """The fit has not ended in the time that was given to wait; it goes on."""


class FitFailedError(FitServiceError, RuntimeError):
    """The fit has ended without what was asked for."""


@dataclass(frozen=True)
class WrongField:
    """What is wrong with one field of a request."""

    detail: str
    """What is wrong and what to do."""
    pointer: str | None = None
    """JSON pointer to the field of the body, such as `#/model`."""
    parameter: str | None = None
    """Name of the query, path or header parameter."""
    position: int | None = None
    """Offset in the text of a formula, from 0."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "WrongField":
        """Return what a problem says of a field; a newer service may say more, which is left out."""
        return cls(**{name: document[name] for name in cls.__dataclass_fields__ if name in document})

    def __str__(self) -> str:
        place = self.pointer or self.parameter
        return self.detail if place is None else f"{place}: {self.detail}"


class ProblemError(FitServiceError):
    """The service has refused a request, or could not carry it out.

    `type` says for programs which kind of problem it is; each kind that the service knows is a class of its own.
    """

    type: ClassVar[str] = "about:blank"

    def __init__(self, document: Mapping[str, Any], request_id: str | None = None) -> None:
        self.status: int = document["status"]
        """HTTP status."""
        self.title: str = document["title"]
        """The kind in words."""
        self.detail: str = document["detail"]
        """What happened and what to do."""
        self.errors = [WrongField.of(error) for error in document.get("errors") or ()]
        """The fields concerned."""
        self.request_id = request_id
        """What the log of the service calls the request."""
        super().__init__("\n".join([f"{self.title}: {self.detail}", *map(str, self.errors)]))

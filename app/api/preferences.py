"""The header `Prefer` (RFC 7240): how long to wait for the answer, and how much of it to send."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header, Response
from pydantic.json_schema import SkipJsonSchema

PreferHeader = Annotated[
    str | SkipJsonSchema[None],
    Header(
        description=(
            "`wait=N`: answer when the fit has ended, or after N seconds. "
            "`return=minimal`: leave the data and the loss history out of the answer."
        ),
        openapi_examples={
            "wait": {"value": "wait=30"},
            "wait, minimal": {"value": "wait=30, return=minimal"},
            "at once": {"value": "respond-async"},
        },
    ),
]
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?([0-9]{1,9})\"?\s*(?:$|[,;])", re.IGNORECASE)
_MINIMAL = re.compile(r"(?:^|[,;\s])return\s*=\s*\"?minimal\"?\s*(?:$|[,;])", re.IGNORECASE)


@dataclass(frozen=True)
class Preferences:
    """The preferences of a request that are honoured; others are ignored, as the RFC wants."""

    wait: int | None
    """Seconds to wait for the end of the fit; None: the answer comes at once."""
    minimal: bool
    """Whether data and loss history are left out of the answer."""

    @classmethod
    def of(cls, header: str | None, longest_wait: int = 0) -> "Preferences":
        """Return the preferences of a header; a longer wait is cut to `longest_wait`, in seconds."""
        wait = _WAIT.search(header or "")
        return cls(min(int(wait[1]), longest_wait) if wait else None, bool(_MINIMAL.search(header or "")))

    def tell(self, response: Response) -> None:
        """Say in the answer which preferences were honoured."""
        applied = [f"wait={self.wait}"] if self.wait is not None else []
        applied += ["return=minimal"] if self.minimal else []
        if applied:
            response.headers["Preference-Applied"] = ", ".join(applied)

"""The caller of a request, for the routes that need to know."""

from typing import Annotated

from fastapi import Depends, Request

from app.jobs.callers.caller import Caller
from app.jobs.callers.links import Link


async def caller_of(request: Request) -> Caller:
    """Return who sends a request, as `Access` found out."""
    caller: Caller = request.state.caller
    return caller


def fit_of_link(request: Request) -> str | None:
    """Return the id of the fit whose link a request came by; None: it came otherwise."""
    link: Link | None = getattr(request.state, "link", None)
    return None if link is None else link.fit_id


Calling = Annotated[Caller, Depends(caller_of)]

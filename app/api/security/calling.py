"""The caller of a request, for the routes that need to know."""

from typing import Annotated

from fastapi import Depends, Request

from app.jobs.callers.caller import Caller


async def caller_of(request: Request) -> Caller:
    """Return who sends a request, as `Access` found out."""
    caller: Caller = request.state.caller
    return caller


Calling = Annotated[Caller, Depends(caller_of)]

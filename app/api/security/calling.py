"""The caller of a request, for the routes that need to know."""

from typing import Annotated

from fastapi import Depends, Request

from app.jobs.callers.caller import LOCAL, Caller


async def _caller(request: Request) -> Caller:
    return Caller(turn=LOCAL if request.client is None else request.client.host)


Calling = Annotated[Caller, Depends(_caller)]

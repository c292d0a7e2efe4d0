"""Errors that no handler foresees: they are logged once with the fit's id, and answered with problem details."""

import asyncio
import logging

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem_details import RETRY_LATER, problem_response
from app.api.request_lines import fit_id_of
from app.jobs.store.database import is_full, unavailability
from app.schemas.problem_kinds import DATABASE_UNAVAILABLE, INTERNAL_ERROR, SERVICE_STOPPING, STORAGE_FULL

logger = logging.getLogger(__name__)


class UnexpectedErrors:
    """Middleware that answers every exception; what went past it, the server would log once more."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except ClientDisconnect:
            # Nobody is left to be answered.
            return
        except asyncio.CancelledError:
            # The server stops, and waits no longer.
            if started:
                raise
            await problem_response(SERVICE_STOPPING, headers=RETRY_LATER)(scope, receive, send)
        except Exception as error:
            response = _logged(scope, error)
            # An answer that has begun stays unfinished: the server closes the connection, by which the client knows.
            if not started:
                await response(scope, receive, send)


def _logged(scope: Scope, error: Exception) -> Response:
    """Log the error, and return the answer to the client."""
    if is_full(error):
        logger.warning("%s: the disk is full", in_words(scope))
        return problem_response(STORAGE_FULL)
    reason = unavailability(error)
    if reason is not None:
        logger.warning("%s: the database can't be used at the moment: %s", in_words(scope), reason)
        return problem_response(DATABASE_UNAVAILABLE, headers=RETRY_LATER)
    logger.error("%s failed", in_words(scope), exc_info=error)
    return problem_response(INTERNAL_ERROR)


def in_words(scope: Scope) -> str:
    """Return the request in words for the log: method, address of the route, id of the fit."""
    path = getattr(scope.get("route"), "path", "an unknown address")
    fit_id = fit_id_of(scope)
    return f"{scope['method']} {path}" + ("" if fit_id is None else f" of {fit_id}")

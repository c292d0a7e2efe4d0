"""What happens to fits, as it happens: streams of server-sent events."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app.api.event_description import EVENTS
from app.api.event_ids import Position, joined, split
from app.api.event_streams import EventStream
from app.api.followed import Followed
from app.api.methods import is_head
from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_FIT, OF_THE_STORE, declared
from app.api.security.access import may_still_read
from app.api.services import Provided, Services
from app.schemas.problem_kinds import INVALID_FIELDS, TOO_MANY_STREAMS

router = APIRouter(tags=["fits"])

MOST_FITS = 100
"""Most fits of a stream."""

_LastEventId = Annotated[
    str | SkipJsonSchema[None],
    Header(
        alias="Last-Event-ID",
        description="Id of the last event that came, as browsers send it when they connect again.",
    ),
]
_LastEventIdParameter = Annotated[
    str | SkipJsonSchema[None],
    Query(
        alias="last_event_id",
        description="The same for a first connection, for which browsers can't set headers; the header comes first.",
    ),
]
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": EVENTS},
    204: {"description": "With the id of the last event: all was told, so browsers do not connect again."},
}


@router.get(
    "/fit/{fit_id}/events",
    summary="Follow a fit",
    status_code=200,
    response_class=EventStream,
    response_description="The events `snapshot`, and `gone` of a fit of which no more can be told; data are JSON.",
    responses=_EVENTS | declared(*OF_A_FIT, TOO_MANY_STREAMS),
)
async def stream_fit(
    request: Request,
    services: Provided,
    fit_id: FitId,
    last_event_id: _LastEventId = None,
    last_event_id_parameter: _LastEventIdParameter = None,
) -> Response:
    """Follow a fit by server-sent events, until it has ended.

    A snapshot comes at once, then one at each change, up to ten a second: status, progress, the losses since the one
    before, the newest coefficients. The one with `ended` is the last; then the answer ends, in Swagger UI too, which
    shows nothing before.

    An id is `attempt.step.sequence`; the sequence is 0 for queued, 1 running, 2 cancelling, 3 ended. With the id of the
    last event that came, each change of status since then comes and the losses since its step; without one, the losses
    from the start. Comments keep the connection alive. Where a stream ends before the fit has, connect again.
    """
    position = Position.read(last_event_id or last_event_id_parameter or "")
    fit = Followed(fit_id, position)
    if not fit.is_done:
        await run_in_threadpool(services.store.get, fit_id)
    return _answer(request, services, [fit], lambda: str(fit.position))


@router.get(
    "/events",
    summary="Follow several fits",
    status_code=200,
    response_class=EventStream,
    response_description="The events `snapshot`, and `gone` of a fit of which no more can be told; data are JSON.",
    responses=_EVENTS | declared(INVALID_FIELDS, *OF_THE_STORE, TOO_MANY_STREAMS),
)
async def stream_fits(
    request: Request,
    services: Provided,
    fit: Annotated[
        list[str], Query(min_length=1, max_length=MOST_FITS, description="Id of a fit; repeated for further ones.")
    ],
    last_event_id: _LastEventId = None,
    last_event_id_parameter: _LastEventIdParameter = None,
) -> Response:
    """Follow several fits by one stream of server-sent events, until all of them have ended.

    The events are those of `GET /fit/{id}/events`; each names its fit. A fit that is not there is told by an event
    `gone`, as one that is deleted meanwhile. One id stands for all these fits, and is good for the same fits in the
    same order; of events that come together the last one has it.
    """
    fit_ids = [*dict.fromkeys(fit)]
    positions = split(last_event_id or last_event_id_parameter or "", fit_ids)
    fits = [Followed(fit_id, positions.get(fit_id)) for fit_id in fit_ids]
    return _answer(request, services, fits, lambda: joined({fit.fit_id: fit.position for fit in fits}))


def _answer(request: Request, services: Services, fits: Sequence[Followed], event_id: Callable[[], str]) -> Response:
    if all(fit.is_done for fit in fits):
        return Response(status_code=204)
    if is_head(request):
        return Response(media_type=EventStream.media_type)
    return EventStream(services, fits, event_id, partial(may_still_read, request))

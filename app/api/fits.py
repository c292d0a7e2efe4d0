"""Fits over HTTP: post, read, list, cancel, delete."""

import logging
import re
from functools import partial
from typing import Annotated, Any

from anyio import CancelScope
from fastapi import APIRouter, Body, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app.api.bodies import BodyRoute, large_body, release_body
from app.api.entity_tags import NOT_MODIFIED, OF_A_CALLER, is_known, not_modified, tag_of
from app.api.fit_presentation import RESULT_POINTS, present_minimal, present_whole
from app.api.judging import create_from
from app.api.large_answers import calculated
from app.api.path_parameters import FitId
from app.api.preferences import Preferences, PreferHeader
from app.api.problem_details import OF_A_BODY, OF_A_FIT, OF_THE_STORE, declared
from app.api.security.calling import Calling
from app.api.services import Provided, Services
from app.api.target_presentation import is_echoed
from app.api.uploads import UPLOAD_BODY
from app.api.waiting import wait_for_end
from app.jobs.callers.caller import Caller
from app.jobs.errors import FitDamagedError, FitNotFoundError
from app.jobs.store.new_fits import new_fit_id
from app.jobs.store.records import FitRecord
from app.jobs.submission.resolve import resolve
from app.operations.logs import fields
from app.schemas.examples import FIT_EXAMPLES
from app.schemas.problem_kinds import (
    FIT_ENDED,
    FIT_NOT_ENDED,
    IDEMPOTENCY_CONFLICT,
    INVALID_FIELDS,
    INVALID_UPLOAD,
    QUEUE_FULL,
    TOO_MANY_LABELS,
)
from app.schemas.request import FitRequest
from app.schemas.response import Fit, FitPage
from app.schemas.status import Status

logger = logging.getLogger(__name__)

router = APIRouter(tags=["fits"], route_class=BodyRoute)

_METADATA_PARAMETER: dict[str, Any] = {
    "name": "metadata",
    "in": "query",
    "description": "Only fits with these labels, as `metadata[key]=value`.",
    "style": "deepObject",
    "explode": True,
    "examples": {
        "all": {"summary": "All fits", "value": {}},
        "labelled": {"summary": "Fits with a label", "value": {"plate": "7"}},
    },
    "schema": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "propertyNames": {"pattern": r"^[^\[\]]+$"},
    },
}

_LABEL = re.compile(r"metadata\[([^\[\]]+)\]", re.DOTALL)
_LOCATION = {"Location": {"description": "Where the fit is read again.", "schema": {"type": "string"}}}
_APPLIED = {"Preference-Applied": {"description": "What of `Prefer` was honoured.", "schema": {"type": "string"}}}


@router.post(
    "/fit",
    status_code=202,
    summary="Post a fit",
    response_description="The fit is accepted and will be trained; `Location` says where to look.",
    responses={
        202: {"headers": _LOCATION},
        200: {
            "model": Fit,
            "description": "With `Prefer: wait=N`: the fit has ended in time.",
            "headers": _LOCATION | _APPLIED,
        },
        **declared(*OF_A_BODY, INVALID_UPLOAD, IDEMPOTENCY_CONFLICT, QUEUE_FULL, *OF_THE_STORE),
    },
    openapi_extra=UPLOAD_BODY,
)
async def create_fit(
    request: Request,
    response: Response,
    services: Provided,
    caller: Calling,
    fit: Annotated[FitRequest | None, Body(openapi_examples=FIT_EXAMPLES)] = None,
    prefer: PreferHeader = None,
    idempotency_key: Annotated[
        str | SkipJsonSchema[None],
        Header(
            min_length=1,
            max_length=255,
            description="The same key with the same body makes no second fit, but answers with the first.",
        ),
    ] = None,
) -> Fit:
    """Fit a model to a function or to data.

    **An empty body `{}` is the PyTorch tutorial's job.**

    A worker trains the model through our own `torch.autograd.Function`s. The answer is the fit: with its result if it
    has ended in the time that `Prefer: wait=N` gives it, otherwise without; read it again at `urls.self`.
    """
    with services.waits.admitted(Preferences.of(prefer, services.settings.max_wait_seconds)) as preferences:
        shown = await _posted(request, services, caller, fit or FitRequest(), idempotency_key, preferences)
    if shown.status.has_ended:
        response.status_code = 200
    preferences.tell(response)
    response.headers["Location"] = shown.urls.self
    return shown


@router.get(
    "/fit/{fit_id}",
    summary="Read a fit",
    response_model=Fit,
    response_description="The fit.",
    responses={200: {"headers": _APPLIED}, **NOT_MODIFIED, **declared(*OF_A_FIT)},
)
async def get_fit(
    request: Request, response: Response, services: Provided, fit_id: FitId, prefer: PreferHeader = None
) -> Fit | Response:
    """Read a fit with its progress and, once it has ended, its result."""
    with services.waits.admitted(Preferences.of(prefer, services.settings.max_wait_seconds)) as preferences:
        if preferences.wait:
            await _ended(services, fit_id, preferences.wait)
    preferences.tell(response)
    return await run_in_threadpool(_read, request, response, services, fit_id, preferences.minimal)


@router.get(
    "/fit",
    summary="List fits",
    response_model=FitPage,
    response_description="A page of fits.",
    responses=NOT_MODIFIED | declared(*OF_A_FIT, INVALID_FIELDS, TOO_MANY_LABELS),
    openapi_extra={"parameters": [_METADATA_PARAMETER]},
)
def list_fits(
    request: Request,
    response: Response,
    services: Provided,
    after: Annotated[
        str | None, Query(description="Id of a fit: only fits older than it (`last_id` of a page).")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Fits on a page.")] = 20,
    status: Annotated[
        list[Status] | SkipJsonSchema[None], Query(description="Only fits of this status; may be repeated.")
    ] = None,
    search: Annotated[
        str | SkipJsonSchema[None],
        Query(
            min_length=1,
            max_length=200,
            description=(
                "Only fits whose id begins with this text, or whose model or a label's value has it, in small or "
                "capital letters."
            ),
        ),
    ] = None,
) -> FitPage | Response:
    """List fits, newest first, without their data and loss histories.

    One that can't be read any more is not in `data`, but in `damaged`.
    """
    metadata = _labels(request)
    records, has_more = services.store.page(
        after=after, limit=limit, statuses=status or (), metadata=metadata, search=search
    )
    tag = tag_of(request, services.store.reader, has_more, [(record.id, record.mark) for record in records])
    response.headers.update(OF_A_CALLER | {"ETag": tag})
    if is_known(request, tag):
        return not_modified(dict(response.headers))
    labels = services.store.metadata([record.number for record in records])
    root_path = _root_path(request)
    page, damaged = [], []
    for record in records:
        try:
            page.append(present_minimal(record, labels[record.number], root_path))
        except FitDamagedError:
            damaged.append(record.id)
    return FitPage(data=page, has_more=has_more, last_id=records[-1].id if records else None, damaged=damaged)


@router.post(
    "/fit/{fit_id}/cancel",
    summary="Cancel a fit",
    response_description="The fit, cancelled or about to stop.",
    responses=declared(*OF_A_FIT, FIT_ENDED),
)
def cancel_fit(request: Request, services: Provided, fit_id: FitId) -> Fit:
    """Cancel a fit: a queued one at once; a running one is `cancelling`, stops within a second, and keeps its result
    so far. A fit that has ended can't be cancelled: 409.
    """
    record = services.store.cancel(fit_id)
    if record.status.has_ended:
        services.dispatcher.note_end(fit_id)
    services.dispatcher.wake()
    services.events.publish(fit_id)
    return _present(services, record, _root_path(request))


@router.delete(
    "/fit/{fit_id}",
    status_code=204,
    summary="Delete a fit",
    response_description="The fit is gone.",
    responses=declared(*OF_A_FIT, FIT_NOT_ENDED),
)
def delete_fit(services: Provided, fit_id: FitId) -> None:
    """Delete a fit that has ended, with its data, result and history.

    One that has not ended can't be deleted: 409, cancel it first.
    """
    services.store.delete(fit_id)


async def _ended(services: Services, fit_id: str, seconds: float) -> None:
    """Wait for the end of a fit that is there. Raises what reading it raises."""

    def look() -> bool | None:
        return services.store.get(fit_id).ended or None

    with services.events.subscription(fit_id) as happened:
        # It may have ended just now.
        happened.set()
        await wait_for_end(services, seconds, happened, look)


def _read(request: Request, response: Response, services: Services, fit_id: str, minimal: bool) -> Fit | Response:
    """Return a fit, or 304 to whoever has it already: then neither its data nor its history are read."""
    record = services.store.get(fit_id)
    response.headers.update(OF_A_CALLER | {"ETag": tag_of(request, record.mark, minimal), "Vary": "Prefer"})
    if is_known(request, response.headers["ETag"]):
        return not_modified(dict(response.headers))
    return _present(services, record, _root_path(request), minimal)


def _labels(request: Request) -> dict[str, str]:
    """Return the filters `metadata[key]=value`.

    Raises RequestValidationError for one that names no label or a label twice, and for a parameter that there is not:
    it would be a filter that filters nothing.
    """
    labels: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        key = _LABEL.fullmatch(name)
        if key is not None and key[1] not in labels:
            labels[key[1]] = value
        elif key is not None:
            raise _wrong_parameter(name, "the label is given twice")
        elif name.startswith("metadata"):
            raise _wrong_parameter(name, "name a label: metadata[plate]=7")
        elif name not in ("after", "limit", "status", "search"):
            raise _wrong_parameter(name, "there is no such parameter")
    return labels


def _wrong_parameter(name: str, words: str) -> RequestValidationError:
    return RequestValidationError([{"type": "parameter", "loc": ("query", name), "msg": words, "input": None}])


async def _posted(
    request: Request,
    services: Services,
    caller: Caller,
    fit: FitRequest,
    idempotency_key: str | None,
    preferences: Preferences,
) -> Fit:
    """Store a fit, wait for its end as long as is preferred, and return it."""

    def look() -> Fit | None:
        now = _kept_or(services, record)
        return present(now) if now.ended else None

    def latest() -> Fit:
        return present(_kept_or(services, record) if seconds else record)

    present = partial(_present, services, root_path=_root_path(request), minimal=preferences.minimal)
    seconds, fit_id = preferences.wait or 0, new_fit_id()
    # Whoever waits has to be there before the fit is, or its end may come unheard.
    with services.events.subscription(fit_id) as happened:
        record = await _created(request, services, caller, fit, idempotency_key, fit_id)
        request.state.fit_id = record.id
        if record.id == fit_id:
            logger.info("fit accepted", extra=fields(fit=fit_id, caller=caller.name))
        services.dispatcher.wake()
        shown = await wait_for_end(services, seconds, happened, look) if record.id == fit_id else None
    if record.id != fit_id and not record.ended:
        # It came before with this key, and may have ended just now.
        with services.events.subscription(record.id) as happened:
            happened.set()
            shown = await wait_for_end(services, seconds, happened, look)
    return await run_in_threadpool(latest) if shown is None else shown


async def _created(
    request: Request, services: Services, caller: Caller, fit: FitRequest, idempotency_key: str | None, fit_id: str
) -> FitRecord:
    body = large_body(request)
    if body is None:
        return await run_in_threadpool(_create, services, caller, fit, idempotency_key, fit_id)
    arguments = (body, services.settings, services.devices, idempotency_key, fit_id, caller)
    try:
        return await run_in_threadpool(services.store.get, await calculated(request, services, create_from, *arguments))
    except BaseException:
        # Its process may have been killed in the middle of writing.
        with CancelScope(shield=True):
            await run_in_threadpool(services.store.discard, fit_id)
        raise
    finally:
        release_body(request)


def _create(services: Services, caller: Caller, fit: FitRequest, idempotency_key: str | None, fit_id: str) -> FitRecord:
    return services.store.create(resolve(fit, services.settings, services.devices), idempotency_key, fit_id, caller)


def _present(services: Services, record: FitRecord, root_path: str, minimal: bool = False) -> Fit:
    if minimal:
        return present_minimal(record, services.store.metadata([record.number])[record.number], root_path)
    points = RESULT_POINTS if record.ended else 0
    details = services.store.details(record, is_echoed(record.fit.target), points)
    return present_whole(record, details, root_path)


def _kept_or(services: Services, record: FitRecord) -> FitRecord:
    """Return a fit as it is now; where it was deleted meanwhile, the last that is known of it."""
    try:
        return services.store.get(record.id)
    except FitNotFoundError:
        return record


def _root_path(request: Request) -> str:
    root_path: str = request.scope.get("root_path", "")
    return root_path.rstrip("/")

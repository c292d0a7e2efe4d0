"""What pictures need, over HTTP: a fit in a window, small pictures of its curves, a model at its start values."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app.api.bodies import BodyRoute, large_body
from app.api.judging import LargeBody, fit_in
from app.api.large_answers import answered, calculated, numbers_of
from app.api.path_parameters import LARGEST, CurveNumber, FitId
from app.api.problem_details import OF_A_BODY, OF_A_CALCULATION, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.api.streams import json_pieces
from app.api.uploads import UPLOAD_BODY
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.of_curves import Order, views_of
from app.jobs.views.of_fit import Window, view_of
from app.jobs.views.of_starts import evaluation_of, needs_search
from app.schemas.examples import FIT_EXAMPLES
from app.schemas.problem_kinds import CURVE_NOT_FOUND, INVALID_FIELDS, INVALID_UPLOAD, NO_RESULT
from app.schemas.request import FitRequest
from app.schemas.view import CurveViewPage, Evaluation, FitView
from app.settings import Settings

router = APIRouter(tags=["pictures"], route_class=BodyRoute)

Optional = SkipJsonSchema[None]


@router.get(
    "/fit/{fit_id}/view",
    summary="Read what a picture needs",
    response_model=FitView,
    response_description="Points, curve and bands.",
    responses=declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS, CURVE_NOT_FOUND, NO_RESULT),
)
async def view_fit(
    request: Request,
    services: Provided,
    fit_id: FitId,
    lower: Annotated[float | Optional, Query(allow_inf_nan=False, description="Least x of the view.")] = None,
    upper: Annotated[float | Optional, Query(allow_inf_nan=False, description="Greatest x of the view.")] = None,
    points: Annotated[int, Query(ge=10, le=20_000, description="Most points.")] = 2_000,
    curve: Annotated[CurveNumber | Optional, Query(description="Number of the curve, if there are many.")] = None,
    level: Annotated[float, Query(gt=0, lt=1, description="Confidence level of the bands.")] = 0.95,
) -> Response:
    """Read points, residuals, curve and bands of a fit between two x, thinned to what a picture can show.

    Of neighbours, those that lie furthest apart are shown, so that no outlier is lost. While the fit is trained, the
    curve is the one at its newest coefficients. Of several variables, the picture is y against the fitted value.
    """
    if lower is not None and upper is not None and not lower < upper:
        raise RequestValidationError(
            [{"type": "view", "loc": ("query", "upper"), "msg": "give the least x first, and then the greatest"}]
        )
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    window = Window(lower, upper, points, level)
    numbers = numbers_of(record) / (record.fit.curves or 1)
    return await answered(
        request, services, record, _view, curve, window, numbers=numbers, media_type="application/json"
    )


@router.get(
    "/fit/{fit_id}/views",
    summary="Read small pictures of many curves",
    response_model=CurveViewPage,
    response_description="A page of curves.",
    responses=declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS),
)
async def view_curves(
    request: Request,
    services: Provided,
    fit_id: FitId,
    offset: Annotated[int, Query(ge=0, le=LARGEST, description="How many curves are passed over.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200, description="Curves on a page.")] = 24,
    points: Annotated[int, Query(ge=10, le=200, description="Most points of each curve.")] = 60,
    sort: Annotated[
        Order,
        Query(
            description=(
                "`number`: in the order of the data. `worst`: first those that failed, then those that did not "
                "converge, then the others by the share of the variance that the model leaves unexplained."
            )
        ),
    ] = "number",
) -> Response:
    """Read coefficients, end and a small picture of each curve that has ended."""
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    every = numbers_of(record)
    numbers = every if sort == "worst" else every / (record.fit.curves or 1) * limit
    place = (offset, limit, points, sort)
    return await answered(request, services, record, _views, *place, numbers=numbers, media_type="application/json")


@router.post(
    "/evaluate",
    summary="Try start values",
    response_description="Start values, points and the model's curve.",
    responses=declared(*OF_A_BODY, *OF_A_CALCULATION, INVALID_UPLOAD),
    openapi_extra=UPLOAD_BODY,
)
async def evaluate_model(
    request: Request,
    services: Provided,
    fit: Annotated[FitRequest | None, Body(openapi_examples=FIT_EXAMPLES)] = None,
) -> Evaluation:
    """Work out a model at the start values with which a fit would begin, beside its data; nothing is kept.

    The body is that of `POST /fit`. Start values that are left out or `auto` are searched for as a fit does it, of many
    curves for the first.
    """
    body, fit = large_body(request), fit or FitRequest()
    place = (services.settings, services.devices)
    if body is None and not needs_search(fit):
        return Evaluation(**await run_in_threadpool(evaluation_of, fit, *place))
    return Evaluation(**await calculated(request, services, _evaluation, body or fit, *place))


def _view(store: Store, record: FitRecord, curve: int | None, window: Window) -> Iterator[str]:
    return json_pieces(view_of(store, record, curve, window))


def _views(store: Store, record: FitRecord, offset: int, limit: int, points: int, sort: Order) -> Iterator[str]:
    return json_pieces(views_of(store, record, offset, limit, points, sort))


def _evaluation(fit: FitRequest | LargeBody, settings: Settings, devices: list[str]) -> dict[str, object]:
    return evaluation_of(fit_in(fit, settings) if isinstance(fit, LargeBody) else fit, settings, devices)

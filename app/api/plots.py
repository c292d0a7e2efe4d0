"""Figures of fits by address: SVG, PNG, PDF."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app.api.entity_tags import NOT_MODIFIED
from app.api.large_answers import answered
from app.api.path_parameters import LARGEST, CurveNumber, FitId
from app.api.problem_details import OF_A_CALCULATION, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.figure_requests import Wanted, titles_of
from app.plots.style import FileFormat, Look, ThemeName
from app.schemas.problem_kinds import CURVE_NOT_FOUND, INVALID_FIELDS, NO_RESULT
from app.schemas.target import LONGEST_LABEL

router = APIRouter(tags=["pictures"])

_MEDIA_TYPES: dict[FileFormat, str] = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
_FILES: dict[str, Any] = {
    "image/svg+xml": {"schema": {"type": "string"}},
    "image/png": {"schema": {"type": "string", "format": "binary"}},
    "application/pdf": {"schema": {"type": "string", "format": "binary"}},
}
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"}
"""A figure that is opened by itself runs nothing and loads nothing."""
_MOST_FITS = 20
MOST_PIXELS = 40_000_000
"""A figure in memory has four bytes for each."""

Format = Annotated[FileFormat, Path(description="`svg`, `png` or `pdf`.")]
Text = Annotated[str | SkipJsonSchema[None], Query(max_length=10_000)]
Optional = SkipJsonSchema[None]


def _look(
    width: Annotated[float, Query(ge=30, le=500, description="In millimetres.")] = 160,
    height: Annotated[float, Query(ge=30, le=500, description="In millimetres.")] = 120,
    dpi: Annotated[int, Query(ge=30, le=600, description="Dots an inch, of PNG and of thousands of points.")] = 150,
    theme: Annotated[ThemeName, Query(description="`light` or `dark`.")] = "light",
    title: Annotated[Text, Query(description="Title of the figure.")] = None,
    x_label: Annotated[Text, Query(description="Label of the x axis; left out: the name of the variable.")] = None,
    y_label: Annotated[Text, Query(description="Label of the y axis; left out: the name of the response.")] = None,
    x_scale: Annotated[
        Literal["auto", "linear", "log"],
        Query(description="`auto`: logarithmic where all x are positive and crowded at the lower end."),
    ] = "auto",
    legend: Annotated[bool, Query(description="Whether there is a legend.")] = True,
) -> Look:
    look = Look(width, height, dpi, theme, title, x_label, y_label, x_scale, legend=legend)
    if look.pixels > MOST_PIXELS:
        millions = f"{look.pixels / 1e6:.0f} million pixels, more than {MOST_PIXELS / 1e6:.0f} million"
        raise _wrong("dpi", f"the figure would have {millions}: make dpi, width or height less")
    return look


def _wrong(parameter: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "figure", "loc": ("query", parameter), "msg": message, "input": None}])


Looking = Annotated[Look, Depends(_look)]


@router.get(
    "/fit/{fit_id}/plot.{file_format}",
    summary="Draw a fit",
    response_class=Response,
    response_description="The figure.",
    responses={
        200: {"content": _FILES},
        **NOT_MODIFIED,
        **declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS, CURVE_NOT_FOUND, NO_RESULT),
    },
)
async def draw_fit(
    request: Request,
    services: Provided,
    fit_id: FitId,
    look: Looking,
    file_format: Format,
    curve: Annotated[CurveNumber | Optional, Query(description="Number of the curve, if there are many.")] = None,
    label: Annotated[
        str | Optional, Query(max_length=LONGEST_LABEL, description="Label of the curve, instead of its number.")
    ] = None,
    bands: Annotated[
        str,
        Query(
            pattern=r"^(confidence|prediction|none)(,(confidence|prediction|none))*$",
            description="Bands that are drawn: `confidence`, `prediction` or `none`, several with commas between.",
        ),
    ] = "confidence,prediction",
    level: Annotated[float, Query(gt=0, lt=1, description="Confidence level of the bands.")] = 0.95,
    residuals: Annotated[bool, Query(description="Whether residuals stand below.")] = True,
    summary: Annotated[bool, Query(description="Whether formula and coefficients stand in a box.")] = False,
    y_scale: Annotated[Literal["linear", "log"], Query(description="Scale of the y axis.")] = "linear",
    offset: Annotated[int, Query(ge=0, le=LARGEST, description="Curves that are passed over, of many.")] = 0,
    limit: Annotated[int, Query(ge=1, le=384, description="Curves in the figure, of many.")] = 96,
) -> Response:
    """Draw data, fitted curve, bands and residuals as a figure that is good enough for a paper.

    Of many curves it is a grid of small plots, or with `curve` or `label` the figure of one. The same fit has the same
    bytes. Points that a logarithmic axis can't show are left out, which the figure says.
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    wanted = Wanted(curve, label, level, bands.split(","), residuals, summary, offset, limit)
    look = Look(**{**vars(look), "y_scale": y_scale})
    return await _drawn(request, services, record, file_format, "plot", _fit, wanted, look)


@router.get(
    "/fit/{fit_id}/loss.{file_format}",
    summary="Draw the loss",
    response_class=Response,
    response_description="The figure.",
    responses={
        200: {"content": _FILES},
        **NOT_MODIFIED,
        **declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS),
    },
)
async def draw_loss(
    request: Request,
    services: Provided,
    fit_id: FitId,
    look: Looking,
    file_format: Format,
    others: Annotated[
        list[str] | Optional,
        Query(alias="with", max_length=_MOST_FITS, description="Id of a further fit; may be repeated."),
    ] = None,
    y_scale: Annotated[
        Literal["auto", "linear", "log"],
        Query(description="Scale of the y axis; `auto`: logarithmic where all losses are positive."),
    ] = "auto",
) -> Response:
    """Draw the loss after each step, of one fit or of several."""
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    further = [await run_in_threadpool(services.store.get_kept, other) for other in others or ()]
    titles = await run_in_threadpool(titles_of, services.store, [record, *further])
    is_log_y = None if y_scale == "auto" else y_scale == "log"
    drawn = _losses, tuple(others or ()), look, is_log_y
    follows_from = *(each.mark for each in further), *titles
    return await _drawn(request, services, record, file_format, "loss", *drawn, follows_from=follows_from)


async def _drawn(
    request: Request,
    services: Provided,
    record: FitRecord,
    file_format: FileFormat,
    name: str,
    write: Any,
    *wanted: Any,
    follows_from: Sequence[object] = (),
) -> Response:
    """Return a figure that a calculation process draws."""
    answer = await answered(
        request,
        services,
        record,
        write,
        *wanted,
        file_format,
        numbers=math.inf,
        media_type=_MEDIA_TYPES[file_format],
        follows_from=follows_from,
    )
    disposition = {"Content-Disposition": f'inline; filename="{record.id}-{name}.{file_format}"'}
    answer.headers.update(_HEADERS | disposition)
    return answer


def _fit(store: Store, record: FitRecord, wanted: Wanted, look: Look, file_format: FileFormat) -> Iterator[bytes]:
    from app.jobs.views.figures import fit_figure  # noqa: PLC0415 - only a calculation process loads Matplotlib

    return iter([fit_figure(store, record, wanted, look, file_format)])


def _losses(
    store: Store, record: FitRecord, others: tuple[str, ...], look: Look, is_log_y: bool | None, file_format: FileFormat
) -> Iterator[bytes]:
    from app.jobs.views.figures import loss_figure  # noqa: PLC0415 - only a calculation process loads Matplotlib

    records = [record, *(store.get_kept(other) for other in others)]
    return iter([loss_figure(store, records, look, is_log_y, file_format)])

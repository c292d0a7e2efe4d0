"""The fitted model in other languages, over HTTP."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.exceptions import RequestValidationError
from pydantic.json_schema import SkipJsonSchema

from app.api.path_parameters import CurveNumber, FitId
from app.api.problem_details import OF_KEPT_DATA, declared
from app.api.services import Provided
from app.fitting import exports
from app.jobs.results.exports import fitted_model
from app.schemas.export import ModelExport
from app.schemas.problem_kinds import CURVE_NOT_FOUND, INVALID_FIELDS, NO_RESULT

router = APIRouter(tags=["fits"])

_WRITERS: dict[str, tuple[str, str, Callable[[exports.FittedModel], str]]] = {
    "python": ("text/x-python", "py", exports.write_python),
    "c": ("text/x-c", "c", exports.write_c),
    "latex": ("application/x-latex", "tex", exports.write_latex),
    "mathml": ("application/mathml+xml", "mml", exports.write_mathml),
    "json": ("application/json", "json", lambda model: json.dumps(exports.document(model), allow_nan=False)),
}
_FILES: dict[str, Any] = {
    "text/x-python": {"schema": {"type": "string"}},
    "text/x-c": {"schema": {"type": "string"}},
    "application/x-latex": {"schema": {"type": "string"}},
    "application/mathml+xml": {"schema": {"type": "string"}},
    "text/plain": {"schema": {"type": "string"}, "example": "=0.5+2.5*A2*(A2^2-0.6)"},
}


@router.get(
    "/fit/{fit_id}/export",
    summary="Export a fitted model",
    response_model=ModelExport,
    response_description="The model, as data or as a file.",
    responses={200: {"content": _FILES}, **declared(*OF_KEPT_DATA, CURVE_NOT_FOUND, NO_RESULT, INVALID_FIELDS)},
)
def export_fit(
    services: Provided,
    fit_id: FitId,
    format: Annotated[  # noqa: A002
        Literal["json", "python", "c", "latex", "mathml", "excel"],
        Query(
            description=(
                "`json`: as data. `python`: a module that needs only NumPy. `c`: a function in C99. `latex`: the "
                "equation. `mathml`: the equation for a page. `excel`: the formula of a cell, with English function "
                "names."
            )
        ),
    ] = "json",
    curve: Annotated[
        CurveNumber | SkipJsonSchema[None], Query(description="Number of the curve, if there are many.")
    ] = None,
    cells: Annotated[
        str | SkipJsonSchema[None],
        Query(
            max_length=2000,
            description="For `excel`: where the variables stand, `A2` or `x1:A2,x2:B2`; left out: A2, B2 and so on.",
        ),
    ] = None,
) -> Response:
    """Write the model with its coefficients, so that it gives the same numbers in the other language.

    Of a transformed response (`log(y)`), it gives the transformed response.
    """
    if cells is not None and format != "excel":
        raise _wrong("cells", "cells are for format=excel only: leave them out")
    record = services.store.get_kept(fit_id)
    curves = record.fit.curves
    if curve is None and curves is not None:
        raise _wrong("curve", f"say which curve: 0 to {curves - 1}")
    model = fitted_model(services.store, record, curve)
    try:
        if format == "excel":
            media_type, suffix, text = "text/plain", "txt", exports.write_excel(model, cells)
        else:
            media_type, suffix, write = _WRITERS[format]
            text = write(model)
    except exports.ExportError as error:
        raise _wrong("cells" if isinstance(error, exports.CellsError) else "format", str(error)) from None
    name = record.id if curve is None else f"{record.id}_curve{curve}"
    headers = {"Content-Disposition": f'attachment; filename="{name}.{suffix}"'}
    return Response(text, media_type=media_type, headers=headers)


def _wrong(parameter: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "export", "loc": ("query", parameter), "msg": message, "input": None}])

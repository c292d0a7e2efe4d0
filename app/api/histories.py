"""The loss history of a fit over HTTP: thinned or whole, as JSON or CSV."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from app.api.errors import declared
from app.api.presentation import loss_rows
from app.api.services import Provided
from app.schemas.response import History

router = APIRouter(tags=["fits"])

_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}, "example": "step,loss\n0,2034.5\n1,2010.1\n"}}


@router.get(
    "/fit/{fit_id}/history",
    summary="Read the loss history",
    response_model=History,
    responses={200: {"content": _CSV}, **declared(404, 422, 500, 503)},
)
def get_history(
    services: Provided,
    fit_id: str,
    max_points: Annotated[int, Query(ge=2, le=100_000, description="Thin to at most so many rows.")] = 1000,
    whole: Annotated[bool, Query(description="Every step instead.")] = False,
    format: Annotated[Literal["json", "csv"], Query(description="`json` or `csv`.")] = "json",  # noqa: A002
) -> Response:
    """Step k is the loss after k updates: 0 is the start, the last is that of the coefficients.

    The first and the last step are always there. Thinning keeps every stride-th step, with a round stride.
    """
    losses = services.store.history(services.store.get(fit_id))
    rows = loss_rows(losses, len(losses) if whole else max_points)
    if format == "csv":
        text = "step,loss\n" + "".join(f"{row.step},{row.loss!r}\n" for row in rows)
        disposition = {"Content-Disposition": f'attachment; filename="{fit_id}.csv"'}
        return Response(text, media_type="text/csv", headers=disposition)
    history = History(fit=fit_id, total_points=len(losses), data=rows)
    return Response(history.model_dump_json(), media_type="application/json")

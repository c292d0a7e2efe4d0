"""Messages to webhooks about a fit, over HTTP."""

from datetime import UTC, datetime

from fastapi import APIRouter

from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_FIT, declared
from app.api.services import Provided
from app.jobs.store import deliveries
from app.schemas.webhook import Delivery, DeliveryList

router = APIRouter(tags=["fits"])


@router.get(
    "/fit/{fit_id}/deliveries",
    summary="List the messages about a fit",
    response_description="The messages, with what has become of them.",
    responses=declared(*OF_A_FIT),
)
def list_deliveries(services: Provided, fit_id: FitId) -> DeliveryList:
    """List the messages to a webhook about the end of a fit: how often each was tried, and with what success.

    A message that does not arrive is tried again for three days, after pauses that grow.
    """
    fit = services.store.get(fit_id)
    return DeliveryList(data=[_shown(one) for one in deliveries.deliveries_of(services.store.engine, fit.number)])


def _shown(delivery: deliveries.Delivery) -> Delivery:
    moments = {name: _moment(getattr(delivery, name)) for name in ("next_at", "delivered_at")}
    return Delivery(**vars(delivery) | moments)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

"""Webhooks: the message that is sent when a fit ends, and what has become of it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.outgoing import Outgoing
from app.schemas.response import Urls
from app.schemas.status import Reason, Status


class EndedFit(Outgoing):
    """A fit that has ended, without its data and its result."""

    id: str = Field(description="Id of the fit.", examples=["fit_0123456789abcdef"])
    status: Status = Field(description="How it ended: `succeeded`, `failed` or `cancelled`.", examples=["succeeded"])
    reason: Reason | None = Field(description="Why it ended, as data.", examples=["converged"])
    message: str | None = Field(description="Why it ended, in words.")
    metadata: dict[str, str] = Field(description="Your own labels.", examples=[{"plate": "7"}])
    urls: Urls = Field(description="Where to go from here, below the address of the service.")


class FitEnded(Outgoing):
    """The message that a webhook is sent when a fit ends, as Standard Webhooks has it."""

    type: Literal["fit.ended"] = Field("fit.ended", description="What has happened.")
    timestamp: datetime = Field(description="When the fit ended, UTC; the same for all tries.")
    data: EndedFit = Field(description="The fit.")


class Delivery(Outgoing):
    """The way of a message to its webhook until now."""

    id: str = Field(
        description="Id of the message, the header `webhook-id` of all tries.", examples=["msg_0123456789abcdef"]
    )
    webhook: str = Field(description="Name of the webhook.", examples=["lab"])
    tries: int = Field(description="How often it was tried.")
    last_status: int | None = Field(description="Status that the last try was answered with; null: it got no answer.")
    last_error: str | None = Field(description="What went wrong with the last try, in words.")
    next_at: datetime | None = Field(
        description="When it is tried next, UTC; null: it has arrived, or was given up.",
    )
    delivered_at: datetime | None = Field(description="When it arrived, UTC; null: it has not.")


class DeliveryList(Outgoing):
    """The messages about a fit."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[Delivery] = Field(description="One message once the fit has ended, if it names a webhook; else none.")

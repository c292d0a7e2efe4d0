"""The events of a stream: snapshots of fits, and the last word on a fit that is gone."""

from pydantic import Field

from app.schemas.outgoing import Outgoing
from app.schemas.response import Progress
from app.schemas.result import LossPoint
from app.schemas.status import Reason, Status


class Snapshot(Outgoing):
    """A fit at one moment of its life, with the losses since the snapshot before: the event `snapshot` of a stream."""

    fit: str = Field(description="Id of the fit.")
    status: Status = Field(description="Where it is in its life.")
    reason: Reason | None = Field(description="Why it ended, as data.")
    message: str | None = Field(description="Why it ended, in words.")
    progress: Progress = Field(description="How far the training is.")
    losses: list[LossPoint] = Field(
        description=(
            "Losses since the snapshot before, thinned; the first and the last of them are always there. They replace "
            "what is known of these and of later steps. Many curves have theirs with the end."
        )
    )
    coefficients: dict[str, float] | None = Field(
        description="The newest value of each parameter; null before the first, and for many curves."
    )
    ended: bool = Field(description="Whether nothing will change any more: the last snapshot of this fit.")


class FitGone(Outgoing):
    """A fit of which no more can be told: the event `gone` of a stream."""

    fit: str = Field(description="Id of the fit.")
    type: str = Field(description="Kind of the problem, as in problem details: `/problems/fit-not-found`.")
    detail: str = Field(description="What happened, in words.")

"""Links by which others read a fit: what is asked, and what is told."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.schemas.incoming import Incoming
from app.schemas.outgoing import Outgoing


class LinkRequest(Incoming):
    """How long a link is good."""

    days: int = Field(30, ge=1, le=366, description="Days from now on after which it ends.")


class FitLink(Outgoing):
    """A link by which others read a fit, without its token."""

    number: int = Field(description="Its number, by which it is revoked.")
    created_at: datetime = Field(description="When it was made, UTC.")
    ends_at: datetime = Field(description="When it ends, UTC.")


class NewLink(FitLink):
    """A link that was just made."""

    token: str = Field(
        description=(
            "What reads the fit, as query parameter `link` or in the header `Authorization: Bearer ...`. It is told "
            "now and never again: only its SHA-256 is kept."
        )
    )
    url: str = Field(description="The page that shows the fit to whoever opens it.")


class LinkList(Outgoing):
    """The links of a fit."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[FitLink] = Field(description="The links that have not ended, in the order in which they were made.")

"""The choice of curves in a request to a fit of many."""

from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, Tag, model_validator

from app.schemas.incoming import Incoming
from app.schemas.target import Label, wrong_at

MOST_CURVES = 1_000
_LARGEST = 2**53 - 1

_Number = Annotated[int, Field(ge=0, le=_LARGEST)]


def _number_or_label(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:label"
    return "tag:number" if isinstance(value, int) and not isinstance(value, bool) else None


_Named = Annotated[
    Annotated[_Number, Tag("tag:number")] | Annotated[Label, Tag("tag:label")],
    Discriminator(
        _number_or_label, custom_error_type="curve", custom_error_message="give the number of a curve, or its label"
    ),
]
CurveNames = Annotated[list[_Named], Field(min_length=1, max_length=MOST_CURVES, fail_fast=True)]
"""Numbers and labels of curves."""


class OneCurve(Incoming):
    """A request about one curve of a fit."""

    curve: _Number | None = Field(None, description="Number of the curve, if there are many.")
    label: Label | None = Field(None, description="Label of the curve, instead of its number.")

    @model_validator(mode="after")
    def _is_named_once(self) -> Self:
        if self.curve is not None and self.label is not None:
            raise wrong_at(("label",), "give the number of the curve or its label, not both")
        return self


class PageOfCurves(Incoming):
    """A request about all curves of a fit, page by page."""

    after: Annotated[int, Field(ge=-1, le=_LARGEST)] = Field(
        -1, description="Only curves after this one (`last_curve` of a page)."
    )
    limit: int = Field(100, ge=1, le=MOST_CURVES, description="Most curves of a page.")

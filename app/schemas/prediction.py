"""The request and the answer of `POST /fit/{id}/predict`."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from app.schemas.curves import CurveNames, OneCurve, PageOfCurves
from app.schemas.incoming import Name, schema_named
from app.schemas.outgoing import Outgoing
from app.schemas.target import wrong_at

Column = Annotated[list[float], Field(min_length=1, fail_fast=True)]


def _kind_of_points(value: Any) -> str | None:
    if isinstance(value, dict):
        return "tag:named"
    return "tag:column" if isinstance(value, list) else None


PointsByVariable = Annotated[
    dict[Name, Column],
    Field(min_length=1, max_length=20),
    schema_named("PointsByVariable", "Points, by the names of several predictor variables."),
]
Points = Annotated[
    Annotated[Column, Tag("tag:column")] | Annotated[PointsByVariable, Tag("tag:named")],
    Discriminator(
        _kind_of_points,
        custom_error_type="points",
        custom_error_message="give a list of numbers, or an object with a list for each predictor variable",
    ),
]


def _kind_of_curves(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:all"
    return "tag:named" if isinstance(value, list) else None


_SeveralCurves = Annotated[
    Annotated[Literal["all"], Tag("tag:all")] | Annotated[CurveNames, Tag("tag:named")],
    Discriminator(
        _kind_of_curves,
        custom_error_type="curves",
        custom_error_message="give 'all', or a list of numbers and labels of curves",
    ),
]


class PredictionRequest(OneCurve, PageOfCurves):
    """The points at which the fitted model is to be worked out."""

    x: Points | None = Field(
        None,
        description=(
            "Points: a list of x, or predictor variables by name, `{x1: [...], x2: [...]}`. Left out: the points of "
            "the fit itself; then the answer has the residuals too."
        ),
        examples=[[0, 0.5, 1]],
    )
    level: float = Field(0.95, gt=0, lt=1, description="Confidence level of the bands.")
    sigma: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1, fail_fast=True)] | None = Field(
        None,
        description=(
            "Standard deviation of a further response at each point, on the scale of the target's sigma; left out: 1, "
            "at the points of the fit itself their own."
        ),
    )
    curves: _SeveralCurves | None = Field(
        None,
        description="Several of many curves: `all`, or a list of numbers and labels. The answer is a page.",
    )

    @model_validator(mode="after")
    def _curves_are_named_once(self) -> Self:
        if self.curves is not None and (self.curve is not None or self.label is not None):
            raise wrong_at(("curves",), "give one curve by `curve` or `label`, or several by `curves`, not both")
        if self.curves is not None and self.sigma is not None and self.x is None:
            raise wrong_at(("sigma",), "curves have different points: give it together with x, or leave it out")
        return self


class Band(Outgoing):
    """The limits of a band; at each single point they hold with the confidence level. Null where they do not exist."""

    lower: list[float | None] = Field(description="Lower limits.")
    upper: list[float | None] = Field(description="Upper limits.")


class _Values(Outgoing):
    """The model at the points that were asked for; null where a number does not exist."""

    residuals: list[float | None] | None = Field(
        description="At the points of the fit itself: response less value, not weighted."
    )
    stderr: list[float | None] | None = Field(description="Standard error of the model.")
    confidence: Band | None = Field(description="Limits for the model with the true coefficients.")
    prediction: Band | None = Field(description="Limits for a further response.")
    message: str | None = Field(description="Why there are no bands, in words.")


class Prediction(_Values):
    """The model at the requested points; null where a number does not exist."""

    values: list[float | None] = Field(description="Value of the model at each point.")
    response: str | None = Field(description="The quantity of the values, where y was transformed, e.g. `log(y)`.")
    level: float = Field(description="Confidence level of the bands.")


class PredictionOfCurve(_Values):
    """One of several curves at the requested points; null where a number does not exist."""

    curve: int = Field(description="Number of the curve in the order of the data, from 0.")
    label: str | None = Field(description="Label of the curve, if the data have labels.")
    values: list[float | None] | None = Field(
        description="Value of the model at each point; null for a curve without coefficients."
    )


class PredictionPage(Outgoing):
    """Several curves at the requested points, in the order of the data."""

    object: Literal["list"] = Field("list", description="What this is.")
    response: str | None = Field(description="The quantity of the values, where y was transformed, e.g. `log(y)`.")
    level: float = Field(description="Confidence level of the bands.")
    data: list[PredictionOfCurve] = Field(description="The curves of this page.")
    has_more: bool = Field(description="Whether more curves have ended: ask again with `after` = `last_curve`.")
    last_curve: int | None = Field(description="Number of the last curve on this page.")

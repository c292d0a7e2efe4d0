"""The request and the answer of `POST /fit/{id}/predict`."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from app.schemas.incoming import Incoming, Name

Column = Annotated[list[float], Field(min_length=1, fail_fast=True)]


def _kind_of_points(value: Any) -> str | None:
    if isinstance(value, dict):
        return "tag:named"
    return "tag:column" if isinstance(value, list) else None


Points = Annotated[
    Annotated[Column, Tag("tag:column")]
    | Annotated[dict[Name, Column], Field(min_length=1, max_length=20), Tag("tag:named")],
    Discriminator(
        _kind_of_points,
        custom_error_type="points",
        custom_error_message="give a list of numbers, or an object with a list for each predictor variable",
    ),
]


class PredictionRequest(Incoming):
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
    curve: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = Field(
        None, description="Number of the curve, if there are many."
    )


class Band(BaseModel):
    """The limits of a band; at each single point they hold with the confidence level. Null where they do not exist."""

    model_config = ConfigDict(frozen=True)

    lower: list[float | None] = Field(description="Lower limits.")
    upper: list[float | None] = Field(description="Upper limits.")


class Prediction(BaseModel):
    """The model at the requested points; null where a number does not exist."""

    model_config = ConfigDict(frozen=True)

    values: list[float | None] = Field(description="Value of the model at each point.")
    residuals: list[float | None] | None = Field(
        description="At the points of the fit itself: response less value, not weighted."
    )
    response: str | None = Field(description="The quantity of the values, where y was transformed, e.g. `log(y)`.")
    level: float = Field(description="Confidence level of the bands.")
    stderr: list[float | None] | None = Field(description="Standard error of the model.")
    confidence: Band | None = Field(description="Limits for the model with the true coefficients.")
    prediction: Band | None = Field(description="Limits for a further response.")
    message: str | None = Field(description="Why there are no bands, in words.")

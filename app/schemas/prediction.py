"""What comes in and goes out with `POST /fit/{id}/predict`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.schemas.incoming import Incoming, Name

Column = Annotated[list[float], Field(min_length=1, fail_fast=True)]


class PredictionRequest(Incoming):
    """Where the fitted model is to be worked out."""

    x: Column | Annotated[dict[Name, Column], Field(min_length=1, max_length=20)] = Field(
        description="Points: a list of x, or several predictor variables by name, `{x1: [...], x2: [...]}`.",
        examples=[[0, 0.5, 1]],
    )
    level: float = Field(0.95, gt=0, lt=1, description="Confidence level of the bands.")
    sigma: Annotated[list[Annotated[float, Field(gt=0)]], Field(fail_fast=True)] | None = Field(
        None, description="Standard deviation of a response at each point, as in the target; left out: 1."
    )
    curve: int | None = Field(None, ge=0, description="Of many curves, which.")


class Band(BaseModel):
    """Limits at each point; null where they do not exist."""

    model_config = ConfigDict(frozen=True)

    lower: list[float | None] = Field(description="Lower limit.")
    upper: list[float | None] = Field(description="Upper limit.")


class Prediction(BaseModel):
    """The model at the points asked for; null where a number does not exist."""

    model_config = ConfigDict(frozen=True)

    values: list[float | None] = Field(description="Value of the model.")
    response: str | None = Field(description="What the values are of, where y was transformed, e.g. `log(y)`.")
    level: float = Field(description="Confidence level of the bands.")
    stderr: list[float | None] | None = Field(description="Standard error of the model.")
    confidence: Band | None = Field(description="Where the true model is, at one point with the confidence level.")
    prediction: Band | None = Field(description="Where a further response is.")
    message: str | None = Field(description="Why there are no bands, in words.")

"""A model at start values, as a curve to look at: what is asked, and what is told."""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from app.schemas.incoming import Incoming
from app.schemas.model import Model
from app.schemas.outgoing import Outgoing
from app.schemas.parameters import ParametersOrAuto
from app.schemas.request import TUTORIAL_MODEL
from app.schemas.target import Target, wrong_at


class EvaluationRequest(Incoming):
    """A model, as in a fit, with start values and perhaps data."""

    model: Model = Field(
        TUTORIAL_MODEL,
        description="A formula, a model of the library or a sum of these, or a series, as `POST /fit` takes it.",
        examples=["top * (1 - exp(-rate * x))"],
    )
    parameters: ParametersOrAuto = Field(
        default_factory=dict,
        description=(
            "What is said of the parameters, as `POST /fit` takes it. Those that are left out or `auto` are guessed or "
            "searched for, with little effort, where there is a target; else they are 1."
        ),
        examples=[{"top": 5, "rate": 0.5}],
    )
    target: Target | None = Field(None, description="Data, or a function, as `POST /fit` takes it.")
    curve: int | None = Field(None, ge=0, description="Which of many curves of the data; left out: the first.")
    lower: float | None = Field(
        None, description="First x of the curve; left out: the smallest x of the target, without one -pi."
    )
    upper: float | None = Field(
        None, description="Last x of the curve; left out: the largest x of the target, without one pi."
    )
    points: int = Field(300, ge=2, le=10_000, description="Number of points of the curve.")
    logarithmic: bool = Field(False, description="Whether the x of the curve have even logarithms.")

    @model_validator(mode="after")
    def _range_is_known(self) -> Self:
        if self.target is None and (self.lower is None) != (self.upper is None):
            raise wrong_at(("lower" if self.lower is None else "upper",), "give both lower and upper, or a target")
        if self.lower is not None and self.upper is not None and not self.lower < self.upper:
            raise wrong_at(("upper",), "upper must be greater than lower")
        least = self.lower if self.target is not None or self.lower is not None else -math.pi
        if self.logarithmic and least is not None and least <= 0:
            raise wrong_at(("lower",), "on a logarithmic axis lower must be greater than 0")
        return self


class StartingParameter(Outgoing):
    """A parameter with its start value."""

    name: str = Field(description="Its name.")
    start: float | None = Field(description="Its start value, or that of its tie; null where no number can hold it.")
    source: Literal["given", "found", "tied", "default"] = Field(
        description=(
            "Where the value comes from: `given` by the request or its model, `found` from the data, `tied` to others, "
            "or by `default`."
        )
    )
    lower: float | None = Field(description="Smallest value that it may take; null: there is none.")
    upper: float | None = Field(description="Largest value that it may take; null: there is none.")


class EvaluatedCurve(Outgoing):
    """The model at the start values."""

    x: list[float] = Field(description="x, ascending.")
    y: list[float | None] = Field(description="The model there; null where it is no finite number.")


class Evaluation(Outgoing):
    """A model at start values."""

    object: Literal["evaluation"] = Field("evaluation", description="What this is.")
    formula: str = Field(description="The model as a formula.")
    variable: str = Field(description="Name of the predictor variable.")
    response: str | None = Field(description="The quantity of the curve, where y is transformed, e.g. `log(y)`.")
    parameters: list[StartingParameter] = Field(description="The parameters, in the order of the formula.")
    curve: EvaluatedCurve = Field(description="The model at these values.")
    chisqr: float | None = Field(
        description="Weighted sum of squares of the residuals; null without a target, and where it is no finite number."
    )
    warnings: list[str] = Field(description="What of the request may be meant otherwise, in words.")

"""What a picture needs: points and curves, thinned by the service for the part that is in view."""

from typing import Literal

from pydantic import Field

from app.schemas.outgoing import Outgoing
from app.schemas.prediction import Band
from app.schemas.status import CurveStatus, Reason

Numbers = list[float | None]


class PointsInView(Outgoing):
    """Points of one curve in ascending order of x; null where a number does not exist."""

    x: Numbers = Field(description="Where they are.")
    y: Numbers = Field(description="What was measured; transformed where the fit's response is.")
    sigma: Numbers | None = Field(None, description="Standard deviation of each y, if the data have it.")
    counts: list[bool] | None = Field(None, description="Whether a point counts; null: all do.")
    residuals: Numbers | None = Field(None, description="y less the fitted model, not weighted; null without a model.")


class Line(Outgoing):
    """A curve; null where the model has no value."""

    x: list[float] = Field(description="Where it is drawn.")
    y: Numbers = Field(description="Its values there.")


class FitView(Outgoing):
    """A fit as a picture shows it."""

    object: Literal["fit_view"] = Field("fit_view", description="What this is.")
    fit: str = Field(description="Id of the fit.")
    curve: int | None = Field(description="Number of the curve, if there are many.")
    x_label: str = Field(description="Name of what x is: the predictor variable; of several, `fitted value`.")
    y_label: str = Field(description="Name of what y is: `y`, or the transformed response.")
    total_points: int = Field(description="Number of points between `lower` and `upper`.")
    points: PointsInView = Field(description="Points in the view, thinned so that the extremes stay.")
    x: list[float] = Field(description="Where curves and bands have their values, in ascending order.")
    line: Numbers | None = Field(description="The fitted model, while it is trained at its newest coefficients.")
    start_line: Numbers | None = Field(description="The model at the start values, once they are known.")
    level: float = Field(description="Confidence level of the bands.")
    confidence: Band | None = Field(description="Limits for the model with the true coefficients.")
    prediction: Band | None = Field(
        description="Limits for a further response, with the standard deviation of the points beside it."
    )
    message: str | None = Field(description="Why there is no curve, or there are no bands, in words.")


class CurveView(Outgoing):
    """One of many curves as a small picture shows it."""

    curve: int = Field(description="Number of the curve in the order of the data, from 0.")
    label: str | None = Field(description="Label of the curve, if the data have labels.")
    status: CurveStatus = Field(description="Whether the coefficients are those asked for.")
    reason: Reason = Field(description="Why the training of this curve ended.")
    message: str | None = Field(description="The same in words.")
    coefficients: dict[str, float | None] = Field(description="Value of each parameter.")
    stderr: dict[str, float | None] = Field(description="Standard error of each coefficient.")
    rsquared: float | None = Field(description="Share of the variance of y that the model explains.")
    warnings: list[str] = Field(description="Sentences that say which numbers should not be trusted, and why.")
    points: PointsInView = Field(description="Its points, thinned so that the extremes stay.")
    line: Line | None = Field(description="The fitted model; null for a curve without coefficients.")


class CurveViewPage(Outgoing):
    """A page of small pictures."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[CurveView] = Field(description="The curves of this page.")
    offset: int = Field(description="How many curves stand before this page, in the order that was asked for.")
    has_more: bool = Field(description="Whether more curves follow: ask again with a larger `offset`.")


class Evaluation(Outgoing):
    """A model at start values, before it is fitted."""

    object: Literal["evaluation"] = Field("evaluation", description="What this is.")
    start: dict[str, float | None] = Field(
        description="Start value of each parameter that is fitted, given or found; null for one that needs none."
    )
    x_label: str = Field(description="Name of the predictor variable; of several, `fitted value`.")
    y_label: str = Field(description="Name of what y is: `y`, or the transformed response.")
    total_points: int = Field(description="Number of points of the curve.")
    points: PointsInView = Field(description="Its points, thinned so that the extremes stay.")
    line: Line | None = Field(description="The model at the start values; null where none are needed.")
    message: str | None = Field(description="What to know about it, in words.")

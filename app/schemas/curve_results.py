"""The results of many curves."""

from typing import Literal

from pydantic import Field

from app.schemas.outgoing import Outgoing
from app.schemas.result import Statistics
from app.schemas.status import CurveStatus, Reason


class CurveResult(Outgoing):
    """The result of one of many curves; null where a number does not exist."""

    curve: int = Field(description="Number of the curve in the order of the data, from 0.")
    label: str | None = Field(None, description="Label of the curve, if the data have labels.")
    coefficients: dict[str, float | None] = Field(description="Value of each parameter.")
    stderr: dict[str, float | None] = Field(description="Standard error of each coefficient.")
    final_loss: float | None = Field(description="Loss of these coefficients.")
    steps: int = Field(description="Updates that led to them.")
    status: CurveStatus = Field(description="Whether these are the coefficients asked for.")
    reason: Reason = Field(description="Why the training of this curve ended.")
    message: str | None = Field(None, description="The same in words.")
    threshold: float | None = Field(None, description="Threshold of a robust loss: larger residuals count less.")
    statistics: Statistics | None = Field(
        None,
        description=(
            "Standard errors, intervals and goodness of fit of this curve; null if it failed, or statistics were not "
            "asked for. Where curves share parameters, the covariance is what all curves say, and `nfree` is of all."
        ),
    )
    left_out: int = Field(0, description="Points that lack a value and are left out.")
    warnings: list[str] = Field([], description="Sentences about the data of this curve.")


class CurvePage(Outgoing):
    """A page of the results of curves, in the order of the data."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[CurveResult] = Field(description="The curves of this page.")
    has_more: bool = Field(description="Whether more have ended: ask again with `after` = `last_curve`.")
    last_curve: int | None = Field(description="Number of the last curve on this page.")

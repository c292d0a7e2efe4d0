"""The request and the answer of `POST /fit/{id}/inverse`."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.schemas.curves import OneCurve
from app.schemas.incoming import Name
from app.schemas.outgoing import Outgoing
from app.schemas.target import wrong_at

MOST_UNKNOWNS = 10_000
MOST_REPLICATES = 1_000
MOST_PROFILED = 100

Replicates = Annotated[list[float], Field(min_length=1, max_length=MOST_REPLICATES, fail_fast=True)]


def _number_or_list(value: Any) -> str | None:
    if isinstance(value, list):
        return "tag:list"
    return "tag:number" if isinstance(value, int | float) and not isinstance(value, bool) else None


Unknown = Annotated[
    Annotated[float, Tag("tag:number")] | Annotated[Replicates, Tag("tag:list")],
    Discriminator(
        _number_or_list,
        custom_error_type="unknown",
        custom_error_message="give a number, or a list of the numbers that were measured of one unknown",
    ),
]
Deviation = Annotated[float, Field(gt=0)]
Deviations = Annotated[
    Annotated[Deviation, Tag("tag:number")]
    | Annotated[list[Deviation], Field(min_length=1, max_length=MOST_UNKNOWNS, fail_fast=True), Tag("tag:list")],
    Discriminator(
        _number_or_list,
        custom_error_type="deviations",
        custom_error_message="give a number for all unknowns, or a list with one for each",
    ),
]


class InverseRequest(OneCurve):
    """The responses of which x is asked."""

    y: Annotated[list[Unknown], Field(min_length=1, max_length=MOST_UNKNOWNS, fail_fast=True)] = Field(
        description=(
            "What was measured of each unknown: a number, or a list of replicates, whose mean is taken. In the unit of "
            "the target's y, also where the fit has a transformed response: each is transformed first."
        ),
        examples=[[3.0, [2.9, 3.1, 3.2]]],
    )
    replicates: int | None = Field(
        None, ge=1, le=1_000_000, description="How many measurements each y is the mean of, where y has numbers only."
    )
    level: float = Field(0.95, gt=0, lt=1, description="Confidence level of the limits.")
    interval: Literal["auto", "fieller", "inversion", "delta", "profile"] = Field(
        "auto",
        description=(
            "`fieller`: Fieller's limits, exact for a straight line. `inversion`: the x whose prediction band contains "
            "y. `delta`: x plus and minus a multiple of its standard error (Wald). `profile`: by profile likelihood, "
            "for which the fit is done anew around each x, with y as a further point; of at most 100 unknowns. `auto`: "
            "`fieller` for a straight line, else `inversion`."
        ),
    )
    mean_response: bool = Field(
        False,
        description="`true`: y is a value of the model itself, such as half of its height, and not a measurement.",
    )
    pooled: bool = Field(
        False,
        description=(
            "`true`: the scatter of the replicates has a say in the variance, with as many degrees of freedom as it "
            "adds. `false`: the variance is that of the fit."
        ),
    )
    sigma: Deviations | None = Field(
        None,
        description=(
            "Standard deviation of a single measurement of each unknown, on the scale of the target's sigma; left out: "
            "that of the points of the fit, if it is the same for all."
        ),
    )
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        None,
        description=(
            "Least and greatest x. Left out: the range of the data, and where no x there has this y, the nearest "
            "beyond."
        ),
        examples=[[0, 10]],
    )
    variable: Name | None = Field(None, description="The predictor variable that is asked for, if there are several.")
    at: Annotated[dict[Name, float], Field(max_length=20)] = Field(
        default_factory=dict, description="Values of all other predictor variables, by name."
    )

    @model_validator(mode="after")
    def _counted_once(self) -> Self:
        if self.replicates is not None and any(isinstance(unknown, list) for unknown in self.y):
            raise wrong_at(("replicates",), "the lists of y say how many there are: leave it out")
        if self.mean_response and (self.replicates is not None or self.pooled or self.sigma is not None):
            raise PydanticCustomError("mean_response", "a mean response has no replicates, no sigma and is not pooled")
        if self.mean_response and any(isinstance(unknown, list) for unknown in self.y):
            raise wrong_at(("y",), "a mean response is one number")
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if isinstance(self.sigma, list) and len(self.sigma) != len(self.y):
            raise wrong_at(("sigma",), f"{len(self.sigma)} numbers, but y has {len(self.y)}")
        if self.interval == "profile" and (self.mean_response or len(self.y) > MOST_PROFILED):
            words = f"a profile is of at most {MOST_PROFILED} responses that were measured"
            raise wrong_at(("interval",), words)
        if self.range is not None and not self.range[0] < self.range[1]:
            raise wrong_at(("range",), "give the least x first, and then the greatest")
        return self


class InverseSolution(Outgoing):
    """An x at which the model has the response."""

    x: float = Field(description="The x.")
    stderr: float | None = Field(description="Its standard error, by linear propagation of errors; null for none.")
    lower: float | None = Field(description="Lower limit; null where there is none.")
    upper: float | None = Field(description="Upper limit; null where there is none.")
    extrapolated: bool = Field(description="Whether x lies beyond the data.")


class InverseEstimate(Outgoing):
    """What is known of one unknown."""

    y: float = Field(description="The response; of replicates their mean; transformed where the fit's response is.")
    x: float | None = Field(description="The x at which the model has this y; null where there is none, or several.")
    stderr: float | None = Field(description="Standard error of x, by linear propagation of errors.")
    lower: float | None = Field(description="Lower limit of x; null where there is none: the message says why.")
    upper: float | None = Field(description="Upper limit of x; null where there is none: the message says why.")
    extrapolated: bool = Field(description="Whether x lies beyond the data.")
    solutions: list[InverseSolution] = Field(description="Every x at which the model has this y, in ascending order.")
    message: str | None = Field(description="What to know about x, in words; null where there is nothing.")


class InversePrediction(Outgoing):
    """The x at which a fitted model has the requested responses."""

    object: Literal["inverse"] = Field("inverse", description="What this is.")
    fit: str = Field(description="Id of the fit.")
    curve: int | None = Field(description="Number of the curve, if there are many.")
    variable: str = Field(description="The predictor variable that was asked for.")
    response: str | None = Field(description="The quantity of y, where it was transformed, e.g. `log(y)`.")
    level: float = Field(description="Confidence level of the limits.")
    interval: Literal["fieller", "inversion", "delta", "profile"] | None = Field(
        description="Kind of the limits; null where there are none."
    )
    range: list[float] = Field(description="Least and greatest x between which x was looked for first.")
    reach: list[float] | None = Field(description="Least and greatest value of the model there.")
    data: list[InverseEstimate] = Field(description="The unknowns, in the order of y.")
    message: str | None = Field(description="Why there are no limits, in words.")

"""The request and the answer of `POST /fit/{id}/derive`."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from app.fitting.formulas.text import MAX_LENGTH
from app.schemas.curves import CurveNames, PageOfCurves
from app.schemas.incoming import Incoming, Name
from app.schemas.outgoing import Outgoing
from app.schemas.target import wrong_at

MOST_QUANTITIES = 50


class Area(Incoming):
    """The integral of the fitted model over one of its variables."""

    integral: Annotated[list[float], Field(min_length=2, max_length=2)] = Field(
        description="Least and greatest x.", examples=[[0, 10]]
    )
    variable: Name | None = Field(None, description="The predictor variable, if there are several.")
    at: Annotated[dict[Name, float], Field(max_length=20)] = Field(
        default_factory=dict, description="Values of all other predictor variables, by name."
    )

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if not self.integral[0] < self.integral[1]:
            raise wrong_at(("integral",), "give the least x first, and then the greatest")
        return self


def _formula_or_area(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:formula"
    return "tag:area" if isinstance(value, dict | Area) else None


Quantity = Annotated[
    Annotated[str, Field(max_length=MAX_LENGTH), Tag("tag:formula")] | Annotated[Area, Tag("tag:area")],
    Discriminator(
        _formula_or_area,
        custom_error_type="quantity",
        custom_error_message="give a formula in the parameters of the fit, or an object with integral: [from, to]",
    ),
]


class DeriveRequest(PageOfCurves):
    """The quantities that are to be worked out from the coefficients of a fit."""

    quantities: Annotated[dict[Name, Quantity], Field(min_length=1, max_length=MOST_QUANTITIES)] = Field(
        description=(
            "Quantities by names of your own: a formula in the parameters of the fit, also fixed and tied ones; "
            "or the area under the fitted model, `{integral: [0, 10]}`."
        ),
        examples=[{"ec90": "ec50 * 9^(1/hill)", "area": {"integral": [0, 10]}}],
    )
    level: float = Field(0.95, gt=0, lt=1, description="Confidence level of the intervals.")
    curves: CurveNames | None = Field(
        None, description="Numbers or labels of the curves, if there are many; left out: all, page by page."
    )


class DerivedQuantity(Outgoing):
    """A quantity that follows from the coefficients; null where a number does not exist."""

    value: float | None = Field(description="The value.")
    stderr: float | None = Field(
        description="Standard error, by linear propagation of errors; fixed parameters have none."
    )
    lower: float | None = Field(description="Lower limit, by the distribution that the coefficients' intervals have.")
    upper: float | None = Field(description="Upper limit.")


class DerivedOfCurve(Outgoing):
    """The quantities of one curve."""

    curve: int | None = Field(
        description="Number of the curve in the order of the data, from 0; null if it is the only one."
    )
    label: str | None = Field(description="Label of the curve, if the data have labels.")
    quantities: dict[str, DerivedQuantity] = Field(description="The quantities by name.")
    covar: list[list[float | None]] | None = Field(
        description="Covariance of the quantities; rows and columns in the order of `names`."
    )
    correl: list[list[float | None]] | None = Field(
        description="Correlation of the quantities; null where a standard error is 0."
    )
    message: str | None = Field(description="Why numbers are missing, in words.")


class DerivedPage(Outgoing):
    """Quantities that follow from the coefficients: of the only curve, or a page of many."""

    object: Literal["list"] = Field("list", description="What this is.")
    fit: str = Field(description="Id of the fit.")
    level: float = Field(description="Confidence level of the intervals.")
    names: list[str] = Field(description="Names of the quantities, in the order of rows and columns of matrices.")
    data: list[DerivedOfCurve] = Field(description="The curves of this page.")
    has_more: bool = Field(description="Whether more curves have ended: ask again with `after` = `last_curve`.")
    last_curve: int | None = Field(description="Number of the last curve on this page.")

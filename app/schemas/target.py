"""The target of a fit: a function, or measured data."""

import math
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.formula import parse_function_of_x
from app.fitting.functions import CONSTANTS, FUNCTIONS
from app.fitting.problem import parse_response
from app.schemas.incoming import Incoming, Name, formula_text


class FunctionTarget(Incoming):
    """A function of x, sampled at evenly spaced points of a domain, both ends included."""

    function: Annotated[str, formula_text(parse_function_of_x)] = Field(
        "sin",
        description="A function of x by name (`sin`) or by formula (`exp(-x/3) * sin(x)`).",
        examples=["sin", "exp(-x/3) * sin(x)"],
    )
    domain: Annotated[list[float], Field(min_length=2, max_length=2)] = Field(
        [-math.pi, math.pi], description="First and last x."
    )
    points: int = Field(2000, ge=2, description="Number of points x at which the function is sampled.")

    @model_validator(mode="after")
    def _domain_ascends(self) -> Self:
        low, high = self.domain
        if not low < high or not math.isfinite(high - low):
            raise PydanticCustomError("domain", "the domain must ascend: [first x, last x] with first < last")
        return self


def _not_taken(name: str) -> str:
    if name in FUNCTIONS or name in CONSTANTS:
        raise PydanticCustomError("taken", "this is the name of a function or constant: choose another")
    return name


FloatColumn = Annotated[list[float], Field(min_length=1, fail_fast=True)]


VariableName = Annotated[Name, AfterValidator(_not_taken)]


def _kind_of_columns(value: Any) -> str | None:
    if isinstance(value, dict):
        return "tag:columns"
    return "tag:column" if isinstance(value, list) else None


Predictors = Annotated[
    Annotated[FloatColumn, Tag("tag:column")]
    | Annotated[dict[VariableName, FloatColumn], Field(min_length=1, max_length=20), Tag("tag:columns")],
    Discriminator(
        _kind_of_columns,
        custom_error_type="predictors",
        custom_error_message="give a list of numbers, or several by name: {open}x1: [...], x2: [...]{close}",
        custom_error_context={"open": "{", "close": "}"},
    ),
]


class DataTarget(Incoming):
    """Measured data: one y for each x."""

    x: Predictors = Field(
        description=(
            "Where it was measured: one number per point, called `x` in the model; or several predictor variables by "
            "their names in the model, `{x1: [...], x2: [...]}`."
        ),
        examples=[[0, 1, 2, 3]],
    )
    y: FloatColumn = Field(description="What was measured; as many numbers as x.", examples=[[0.9, 3.1, 5.0, 7.2]])
    sigma: Annotated[list[Annotated[float, Field(gt=0)]], Field(fail_fast=True)] | None = Field(
        None, description="Standard deviation of each y (of the response, if it is transformed), in its unit."
    )
    sigma_absolute: bool = Field(
        False,
        description=(
            "`true`: sigma is the standard deviation itself, and standard errors follow from it alone. `false`: sigma "
            "is right only up to a common factor, which the scatter of the residuals tells."
        ),
    )
    weights: Annotated[list[Annotated[float, Field(ge=0)]], Field(fail_fast=True)] | None = Field(
        None, description="Factor of each squared residual, instead of sigma."
    )
    response: Annotated[str, formula_text(parse_response)] | None = Field(
        None, description="Formula in y: the model is fitted to this instead of y itself.", examples=["log(y)"]
    )

    @property
    def variables(self) -> dict[str, list[float]]:
        """The predictor variables by name."""
        return self.x if isinstance(self.x, dict) else {"x": self.x}

    @property
    def columns(self) -> dict[str, dict[str, list[float]]]:
        """All columns of numbers by field and name."""
        others = {"y": self.y, "sigma": self.sigma, "weights": self.weights}
        return {"x": self.variables} | {name: {name: column} for name, column in others.items() if column is not None}

    @model_validator(mode="after")
    def _columns_fit_together(self) -> Self:
        if self.sigma is not None and self.weights is not None:
            raise PydanticCustomError("weighting", "give sigma or weights, not both")
        if self.sigma_absolute and self.sigma is None:
            raise PydanticCustomError("weighting", "sigma_absolute needs sigma")
        for named in self.columns.values():
            for name, column in named.items():
                if len(column) != len(self.y):
                    lengths = {"name": name, "count": len(column), "y": len(self.y)}
                    raise PydanticCustomError("lengths", "{name} has {count} numbers, but y has {y}", lengths)
        return self


def _kind_of_target(value: Any) -> str | None:
    if isinstance(value, dict):
        return "tag:data" if value.keys() & DataTarget.model_fields.keys() else "tag:function"
    if isinstance(value, FunctionTarget):
        return "tag:function"
    return "tag:data" if isinstance(value, DataTarget) else None


Target = Annotated[
    Annotated[FunctionTarget, Tag("tag:function")] | Annotated[DataTarget, Tag("tag:data")],
    Discriminator(
        _kind_of_target,
        custom_error_type="target",
        custom_error_message="give a function ({open}function, domain, points{close}) or data ({open}x, y, ...{close})",
        custom_error_context={"open": "{", "close": "}"},
    ),
]

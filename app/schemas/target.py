"""The target of a fit: a function, or measured data."""

import math
from array import array
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.fitting.formulas.formula import parse_function_of_x
from app.fitting.problems.data import parse_response
from app.schemas.incoming import Incoming, Name, formula_text, schema_named
from app.schemas.missing_values import without_missing
from app.schemas.numbers import Column, NonnegativeColumn, Numbers, PositiveColumn
from app.schemas.reading import Reading


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


def _not_pi(name: str) -> str:
    if name == "pi":
        raise PydanticCustomError("taken", "pi is the constant 3.14159...: choose another name, such as pi_")
    return name


VariableName = Annotated[Name, AfterValidator(_not_pi)]
LONGEST_LABEL = 200
Label = Annotated[str, Field(max_length=LONGEST_LABEL)]


def _kind_of_columns(value: Any) -> str | None:
    if isinstance(value, dict):
        return "tag:columns"
    return "tag:column" if isinstance(value, list | Numbers) else None


PredictorVariables = Annotated[
    dict[VariableName, Column],
    Field(min_length=1, max_length=20),
    schema_named("PredictorVariables", "Several predictor variables by their names in the model."),
]
Predictors = Annotated[
    Annotated[Column, Tag("tag:column")] | Annotated[PredictorVariables, Tag("tag:columns")],
    Discriminator(
        _kind_of_columns,
        custom_error_type="predictors",
        custom_error_message="give a list of numbers, or several by name: {open}x1: [...], x2: [...]{close}",
        custom_error_context={"open": "{", "close": "}"},
    ),
]


SigmaAbsolute = Annotated[
    bool,
    Field(
        description=(
            "`true`: sigma is the standard deviation itself, and standard errors follow from it alone. `false`: sigma "
            "is right only up to a common factor, which the scatter of the residuals tells."
        )
    ),
]
Response = Annotated[
    Annotated[str, formula_text(parse_response)] | None,
    Field(description="Formula in y: the model is fitted to this instead of y itself.", examples=["log(y)"]),
]
Labels = Annotated[
    Annotated[list[Label], Field(fail_fast=True)] | None, Field(description="A label for each of many curves.")
]


MissingValues = Annotated[Literal["refuse", "omit"], schema_named("MissingValues", "What becomes of missing values.")]
Missing = Annotated[
    MissingValues | None,
    Field(
        description=(
            "What becomes of missing values: `refuse`, or `omit`, which leaves the points out. If nothing is said, "
            "they are refused of one curve; of many the points are left out, counted, and warned of."
        )
    ),
]


class DataTarget(Incoming):
    """Measured data: one y for each x. Many curves have a list of y each, and a list of x each or one for all."""

    x: Predictors = Field(
        description=(
            "Where it was measured: one number per point, called `x` in the model; or several predictor variables by "
            "their names in the model, `{x1: [...], x2: [...]}`. With many curves: one list for all, or one for each."
        ),
        examples=[[0, 1, 2, 3]],
    )
    y: Column = Field(
        description="What was measured; as many numbers as x. With many curves: a list for each.",
        examples=[[0.9, 3.1, 5.0, 7.2]],
    )
    sigma: PositiveColumn | None = Field(
        None, description="Standard deviation of each y (of the response, if it is transformed), in its unit."
    )
    sigma_absolute: SigmaAbsolute = False
    weights: NonnegativeColumn | None = Field(
        None,
        description=(
            "Factor of each squared residual, instead of sigma; for counts (`poisson`), how often the point counts. A "
            "point of weight 0 is as if it were left out."
        ),
    )
    response: Response = None
    labels: Labels = None
    missing: Missing = None
    reading: Reading | None = Field(None, description="How the file was read from which the data come.")
    _left_out: "array[int] | None" = PrivateAttr(None)
    _remarks: list[str] = PrivateAttr(default_factory=list)

    @property
    def variables(self) -> dict[str, Numbers]:
        """Return the predictor variables by name."""
        return self.x if isinstance(self.x, dict) else {"x": self.x}

    @property
    def columns(self) -> dict[str, dict[str, Numbers]]:
        """Return all columns of numbers by field and name."""
        others = {"y": self.y, "sigma": self.sigma, "weights": self.weights}
        return {"x": self.variables} | {name: {name: column} for name, column in others.items() if column is not None}

    @property
    def curves(self) -> int | None:
        """Return the number of curves; None if y is one list, and not one for each of many curves."""
        return None if self.y.lengths is None else len(self.y.lengths)

    @property
    def left_out(self) -> "array[int] | None":
        """Return how many points each curve has lost because a value was missing; None where none was."""
        return self._left_out

    @property
    def remarks(self) -> list[str]:
        """Return sentences on how the file was read."""
        return self._remarks

    def with_remarks(self, remarks: list[str]) -> Self:
        """Return the same data with sentences on how the file was read."""
        self._remarks = remarks
        return self

    @model_validator(mode="wrap")
    @classmethod
    def _without_missing(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, dict):
            return handler(value)
        value, left_out = without_missing(value)
        if left_out is not None and isinstance(value["y"], Numbers) and not value["y"].values:
            raise wrong_at(("y",), "every point lacks a value")
        target = handler(value)
        target._left_out = left_out
        return target

    @model_validator(mode="after")
    def _curves_have_points(self) -> Self:
        if not self.y.values:
            raise wrong_at(("y",), "no curve has a point")
        if self.missing == "refuse" and self.y.lengths is not None and 0 in self.y.lengths:
            raise wrong_at(("y", self.y.lengths.index(0)), 'this curve has no points: "missing": "omit" allows it')
        return self

    @model_validator(mode="after")
    def _weighted_once(self) -> Self:
        if self.sigma is not None and self.weights is not None:
            raise PydanticCustomError("weighting", "give sigma or weights, not both")
        if self.sigma_absolute and self.sigma is None:
            raise PydanticCustomError("weighting", "sigma_absolute needs sigma")
        return self

    @model_validator(mode="after")
    def _columns_fit_together(self) -> Self:
        if self.y.lengths is None:
            _fit_variables(self.variables, self.y)
        for field, columns in self.columns.items():
            for name, column in columns.items():
                path = (field, name) if isinstance(getattr(self, field), dict) else (field,)
                (_fit_one if self.y.lengths is None else _fit_many)(path, column, self.y)
        if self.labels is not None and len(self.labels) != self.curves:
            curves = "y is of one curve" if self.curves is None else f"there are {self.curves} curves"
            raise wrong_at(("labels",), f"{len(self.labels)} labels, but {curves}")
        return self


def wrong_at(path: tuple[str | int, ...], words: str) -> ValidationError:
    """Return an error at a place within the target that is validated."""
    kind = PydanticCustomError("data", "{words}", {"words": words})
    return ValidationError.from_exception_data("target", [{"type": kind, "loc": path, "input": None}])


def _fit_variables(variables: Mapping[str, Numbers], y: Numbers) -> None:
    """Raise an error at y where all variables have one length, and y another."""
    lengths = {len(column.values) for column in variables.values() if column.lengths is None}
    if len(lengths) == 1 and lengths != {len(y.values)}:
        raise wrong_at(("y",), f"{len(y.values)} numbers, but {next(iter(variables))} has {lengths.pop()}")


def _fit_one(path: tuple[str, ...], column: Numbers, y: Numbers) -> None:
    if column.lengths is not None:
        raise wrong_at((*path, 0), "this is a list, but y is one list of numbers: give a number")
    if len(column.values) != len(y.values):
        raise wrong_at(path, f"{len(column.values)} numbers, but y has {len(y.values)}")


def _fit_many(path: tuple[str, ...], column: Numbers, y: Numbers) -> None:
    lengths = y.lengths or ()
    if column.lengths == lengths:
        return
    if column.lengths is None:
        points = len(column.values)
        for curve, length in enumerate(lengths):
            if length != points:
                raise wrong_at(("y", curve), f"{length} numbers, but {path[-1]} has {points} for all curves")
        return
    if len(column.lengths) != len(lengths):
        raise wrong_at(path, f"{len(column.lengths)} lists, but y has {len(lengths)}")
    for curve, (length, points) in enumerate(zip(column.lengths, lengths, strict=True)):
        if length != points:
            raise wrong_at((*path, curve), f"{length} numbers, but y has {points} in this curve")


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

"""The request of `POST /fit`. Every field has a default; `{}` is the PyTorch tutorial's job."""

import math
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.formulas.formula import parse
from app.schemas.hyperparameters import Auto, HyperparametersOrAuto
from app.schemas.incoming import NUMBER_OR_AUTO, AutoWord, Incoming, Name, formula_text
from app.schemas.loss import Loss, LossOrName
from app.schemas.model import Model
from app.schemas.target import DataTarget, FunctionTarget, Target, wrong_at

TUTORIAL_MODEL = "a + b * P3(c + d * x)"
TUTORIAL_START = {"a": 0.0, "b": -1.0, "c": 0.0, "d": 0.3}


class Parameter(Incoming):
    """A parameter of the model."""

    start: Annotated[Annotated[float, Tag("tag:number")] | AutoWord, NUMBER_OR_AUTO] | None = Field(
        None,
        description=(
            "Start value, or the value itself of a fixed parameter. `auto`: guessed from the data by a model of the "
            "library, else searched for."
        ),
    )
    fixed: bool = Field(False, description="`true`: it stays at its start value, which has to be given.")
    lower: float | None = Field(None, description="Smallest value that it may take.")
    upper: float | None = Field(None, description="Largest value that it may take.")
    tied: Annotated[str, formula_text(parse), Field(examples=["2 * a"])] | None = Field(
        None, description="Formula in other parameters that gives its value; then it has no start value."
    )
    shared: bool = Field(False, description="`true`: it has the same value in all of many curves (a global fit).")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        others = (self.start, self.lower, self.upper)
        if self.tied is not None and (self.fixed or self.shared or any(other is not None for other in others)):
            raise PydanticCustomError("tied", "a tied parameter has no start value and no bounds, and is not fixed")
        if self.fixed and self.start == "auto":
            raise PydanticCustomError("fixed", "a fixed parameter needs a number as its start value")
        if self.fixed and self.shared:
            raise PydanticCustomError("shared", "a fixed parameter is the same for all curves as it is")
        return self

    @model_validator(mode="after")
    def _start_within_bounds(self) -> Self:
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        if not lower < upper:
            raise PydanticCustomError("bounds", "lower must be less than upper")
        if isinstance(self.start, float) and not lower <= self.start <= upper:
            raise PydanticCustomError("bounds", "the start value must lie within the bounds")
        return self

    def with_default_start(self, default: float | Literal["auto"]) -> "Parameter":
        """Return the parameter with a start value: its own, else the default or the bound nearest to it.

        A tied parameter has none.
        """
        if self.start is not None or self.tied is not None:
            return self
        if default == "auto":
            return self.model_copy(update={"start": default})
        floor = default if self.lower is None else max(default, self.lower)
        return self.model_copy(update={"start": floor if self.upper is None else min(floor, self.upper)})


def _kind_of_parameter(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "tag:number"
    if isinstance(value, str):
        return "tag:auto"
    return "tag:object" if isinstance(value, dict | Parameter) else None


ParameterOrStart = Annotated[
    Annotated[float, Tag("tag:number")] | AutoWord | Annotated[Parameter, Tag("tag:object")],
    Discriminator(
        _kind_of_parameter,
        custom_error_type="parameter",
        custom_error_message=(
            "give the start value as a number or 'auto', or an object with start, fixed, lower, upper, tied or shared"
        ),
    ),
]

MOST_LABELS = 16

MetadataKey = Annotated[str, Field(min_length=1, max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


class Confidence(Incoming):
    """Confidence intervals of the coefficients."""

    level: float = Field(0.95, gt=0, lt=1, description="Confidence level.")
    profile: bool = Field(
        False,
        description=(
            "`true`: also intervals by profile likelihood, for which the fit is done anew around each coefficient; "
            "they hold where the model is far from linear, and intervals by Student's t do not. With a robust loss "
            "they follow from its drop in dispersion at the threshold of the fit. Many curves can't have them."
        ),
    )


class FitRequest(Incoming):
    """A fit job. Whatever is left out takes its default, and the answer says which."""

    target: Target = Field(default_factory=FunctionTarget, description="What is fitted to.")
    model: Model = Field(
        TUTORIAL_MODEL,
        description=(
            "Formula in x (or in the predictor variables) and in named parameters; `P3(u)` is the Legendre polynomial "
            "of degree 3, trained through our own autograd function. Or a model of the library, see `GET /models`, or "
            "a series."
        ),
        examples=[TUTORIAL_MODEL, "b1 * (1 - exp(-b2 * x))", {"name": "gaussian"}, {"series": "legendre", "degree": 7}],
    )
    parameters: Annotated[dict[Name, ParameterOrStart], Field(max_length=100)] = Field(
        default_factory=dict,
        description=(
            "Start values by parameter name. A parameter left out starts at 1, in the tutorial's model at the "
            "tutorial's a=0, b=-1, c=0, d=0.3; in a model of the library it is guessed from the data."
        ),
        examples=[TUTORIAL_START],
    )
    hyperparameters: HyperparametersOrAuto = Field(
        default_factory=Auto,
        description=(
            "The optimizer and its settings. Left to the service (`auto`), the tutorial's job is trained as the "
            "tutorial does, a model that is linear in its parameters is solved for directly, every other is fitted by "
            "Levenberg-Marquardt."
        ),
    )
    loss: LossOrName = Field(default_factory=Loss, description="What the training makes smaller.")
    confidence: Confidence = Field(default_factory=Confidence, description="Confidence intervals of the coefficients.")
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of the search for start values that are `auto`.")
    device: Annotated[str, Field(max_length=20)] = Field(
        "cpu", description="Where it is trained: one of `GET /devices`.", examples=["cpu", "cuda"]
    )
    dtype: Literal["float64", "float32"] = Field("float64", description="Number format of the training.")
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MOST_LABELS)] = Field(
        default_factory=dict,
        description="Your own labels: up to 16 texts, key up to 64 and value up to 512 characters.",
        examples=[{"plate": "7"}],
    )

    @model_validator(mode="after")
    def _profile_of_one_curve(self) -> Self:
        if self.confidence.profile and isinstance(self.target, DataTarget) and self.target.curves is not None:
            raise wrong_at(("confidence", "profile"), "of many curves there are no intervals by profile likelihood")
        return self

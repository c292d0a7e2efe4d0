"""What comes in with `POST /fit`. Every field has a default; `{}` is the PyTorch tutorial's job."""

import math
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.formula import FormulaError, parse, parse_function_of_x
from app.fitting.functions import CONSTANTS, FUNCTIONS
from app.fitting.problem import parse_response

TUTORIAL_MODEL = "a + b * P3(c + d * x)"
TUTORIAL_START = {"a": 0.0, "b": -1.0, "c": 0.0, "d": 0.3}

# The tags of the unions below. Pydantic puts a tag into the location of an error, where it means nothing to a client,
# so api/errors.py takes these out again.
UNION_TAGS = frozenset(
    f"tag:{kind}"
    for kind in (
        *("function", "data"),
        *("column", "columns"),
        *("number", "object"),
        *("auto", "gradient_descent", "adam", "levenberg_marquardt"),
    )
)


class Incoming(BaseModel):
    """Strict: no unknown fields, no "5" for 5, no NaN and no infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def _formula(parse_text: Callable[[str], object]) -> AfterValidator:
    def check(text: str) -> str:
        try:
            parse_text(text)
        except FormulaError as error:
            raise PydanticCustomError("formula", "{problem}", {"problem": str(error)}) from None
        return text

    return AfterValidator(check)


class FunctionTarget(Incoming):
    """A function of x, sampled at evenly spaced points of a domain, both ends included."""

    function: Annotated[str, _formula(parse_function_of_x)] = Field(
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


ParameterName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=50)]
VariableName = Annotated[ParameterName, AfterValidator(_not_taken)]


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
    response: Annotated[str, _formula(parse_response)] | None = Field(
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


class Parameter(Incoming):
    """A parameter of the model."""

    start: float = Field(1.0, description="Start value.")


def _kind_of_parameter(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "tag:number"
    return "tag:object" if isinstance(value, dict | Parameter) else None


ParameterOrStart = Annotated[
    Annotated[float, Tag("tag:number")] | Annotated[Parameter, Tag("tag:object")],
    Discriminator(
        _kind_of_parameter,
        custom_error_type="parameter",
        custom_error_message="give the start value as a number, or an object with the field start",
    ),
]


class Training(Incoming):
    """What every optimizer has."""

    steps: int = Field(2000, ge=1, description="Updates of the parameters.")


class GradientDescent(Training):
    """Gradient descent, with momentum as in `torch.optim.SGD`."""

    optimizer: Literal["gradient_descent"] = Field("gradient_descent", description="Gradient descent.")
    learning_rate: float = Field(5e-6, gt=0, description="Step length per unit of the gradient.")
    momentum: float = Field(
        0.0, ge=0, lt=1, description="Share of the last update that is kept in the next; 0 is none."
    )


class Adam(Training):
    """Adam (Kingma and Ba, 2015), as in `torch.optim.Adam`."""

    optimizer: Literal["adam"] = Field(description="Adam.")
    learning_rate: float = Field(1e-3, gt=0, description="Largest usual change of a parameter in one step.")
    beta1: float = Field(0.9, ge=0, lt=1, description="Decay per step of the running mean of the gradient.")
    beta2: float = Field(0.999, ge=0, lt=1, description="Decay per step of the running mean of the squared gradient.")
    epsilon: float = Field(1e-8, gt=0, description="Added to the denominator, so that it is never zero.")


class LevenbergMarquardt(Training):
    """Levenberg-Marquardt, until no update makes the loss smaller."""

    optimizer: Literal["levenberg_marquardt"] = Field(description="Levenberg-Marquardt.")
    steps: int = Field(2000, ge=1, description="Most updates of the parameters; it ends before when it has converged.")


class Auto(Training):
    """The service chooses: the tutorial's settings for the tutorial's job, else Levenberg-Marquardt."""

    optimizer: Literal["auto"] = Field("auto", description="The answer says which optimizer was chosen.")
    steps: int = Field(2000, ge=1, description="Most updates of the parameters.")


OPTIMIZERS: dict[str, type[GradientDescent] | type[Adam] | type[LevenbergMarquardt]] = {
    "gradient_descent": GradientDescent,
    "adam": Adam,
    "levenberg_marquardt": LevenbergMarquardt,
}


def _kind_of_optimizer(value: Any) -> str | None:
    if isinstance(value, Training):
        return f"tag:{value.model_dump()['optimizer']}"
    if not isinstance(value, dict):
        return None
    # A learning rate or a momentum alone says which optimizer is meant.
    implied = "gradient_descent" if value.keys() & {"learning_rate", "momentum"} else "auto"
    tag = f"tag:{value.get('optimizer', implied)}"
    return tag if tag in UNION_TAGS else None


_optimizer_union = Discriminator(
    _kind_of_optimizer,
    custom_error_type="optimizer",
    custom_error_message=f"give an object whose optimizer is 'auto' or one of {', '.join(map(repr, OPTIMIZERS))}",
)
Hyperparameters = Annotated[
    Annotated[GradientDescent, Tag("tag:gradient_descent")]
    | Annotated[Adam, Tag("tag:adam")]
    | Annotated[LevenbergMarquardt, Tag("tag:levenberg_marquardt")],
    _optimizer_union,
]
HyperparametersOrAuto = Annotated[
    Annotated[Auto, Tag("tag:auto")]
    | Annotated[GradientDescent, Tag("tag:gradient_descent")]
    | Annotated[Adam, Tag("tag:adam")]
    | Annotated[LevenbergMarquardt, Tag("tag:levenberg_marquardt")],
    _optimizer_union,
]

MOST_LABELS = 16

MetadataKey = Annotated[str, Field(min_length=1, max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


class FitRequest(Incoming):
    """A fit job. Whatever is left out takes its default, and the answer says which."""

    target: Target = Field(default_factory=FunctionTarget, description="What is fitted to.")
    model: Annotated[str, _formula(parse)] = Field(
        TUTORIAL_MODEL,
        description=(
            "Formula in x (or in the predictor variables) and in named parameters. `P3(u)` is the Legendre polynomial "
            "of degree 3, trained through our own autograd function."
        ),
        examples=[TUTORIAL_MODEL, "b1 * (1 - exp(-b2 * x))"],
    )
    parameters: Annotated[dict[ParameterName, ParameterOrStart], Field(max_length=100)] = Field(
        default_factory=dict,
        description=(
            "Start values by parameter name. A parameter left out starts at 1, "
            "in the tutorial's model at the tutorial's a=0, b=-1, c=0, d=0.3."
        ),
        examples=[TUTORIAL_START],
    )
    hyperparameters: HyperparametersOrAuto = Field(
        default_factory=Auto,
        description=(
            "The optimizer and its settings. Left to the service (`auto`), the tutorial's job is trained as the "
            "tutorial does, and every other by Levenberg-Marquardt."
        ),
    )
    device: Annotated[str, Field(max_length=20)] = Field(
        "cpu", description="Where it is trained: one of `GET /devices`.", examples=["cpu", "cuda"]
    )
    dtype: Literal["float64", "float32"] = Field("float64", description="Number format of the training.")
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MOST_LABELS)] = Field(
        default_factory=dict,
        description="Your own labels: up to 16 texts, key up to 64 and value up to 512 characters.",
        examples=[{"plate": "7"}],
    )

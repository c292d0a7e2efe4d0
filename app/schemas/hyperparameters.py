"""The hyperparameters of a fit: an optimizer and its settings."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.schemas.incoming import Incoming


class Training(Incoming):
    """What every optimizer has."""

    if TYPE_CHECKING:
        optimizer: str
    steps: int = Field(2000, ge=1, description="Updates of the parameters.")
    max_seconds: float | None = Field(
        None, gt=0, description="Seconds of training after which it ends with what it has, reason `timeout`."
    )


class ManySteps(Training):
    """What optimizers have whose steps are cheap and many."""

    compression: bool = Field(
        True,
        description=(
            "Whether a polynomial model may be trained on as few points as its degree needs, which tell the same of a "
            "sum of squares, to rounding."
        ),
    )


class GradientDescent(ManySteps):
    """Gradient descent, with momentum as in `torch.optim.SGD`."""

    optimizer: Literal["gradient_descent"] = Field("gradient_descent", description="Gradient descent.")
    learning_rate: float = Field(5e-6, gt=0, description="Step length per unit of the gradient.")
    momentum: float = Field(
        0.0, ge=0, lt=1, description="Share of the last update that is kept in the next; 0 is none."
    )
    nesterov: bool = Field(False, description="Nesterov's momentum: the gradient is added once more.")

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> Self:
        if self.nesterov and not self.momentum:
            raise PydanticCustomError("nesterov", "nesterov needs a momentum greater than 0")
        return self


class Adam(ManySteps):
    """Adam (Kingma and Ba, 2015), as in `torch.optim.Adam`."""

    optimizer: Literal["adam"] = Field(description="Adam.")
    learning_rate: float = Field(1e-3, gt=0, description="Largest usual change of a parameter in one step.")
    beta1: float = Field(0.9, ge=0, lt=1, description="Decay per step of the running mean of the gradient.")
    beta2: float = Field(0.999, ge=0, lt=1, description="Decay per step of the running mean of the squared gradient.")
    epsilon: float = Field(1e-8, gt=0, description="Added to the denominator, so that it is never zero.")


class LBFGS(ManySteps):
    """L-BFGS (limited-memory quasi-Newton) until no update makes the loss smaller."""

    optimizer: Literal["lbfgs"] = Field(description="L-BFGS.")
    steps: int = Field(2000, ge=1, description="Most updates of the parameters; it ends before when it has converged.")
    history: int = Field(10, ge=1, le=100, description="Updates that it remembers.")


class LevenbergMarquardt(Training):
    """Levenberg-Marquardt, until no update makes the loss smaller."""

    optimizer: Literal["levenberg_marquardt"] = Field(description="Levenberg-Marquardt.")
    steps: int = Field(2000, ge=1, description="Most updates of the parameters; it ends before when it has converged.")


class LeastSquares(Training):
    """The direct solution by QR, of a model that is linear in its parameters: one step, wherever it starts."""

    optimizer: Literal["least_squares"] = Field(description="Direct least squares.")
    steps: Literal[1] = Field(1, description="It takes one.")


class Auto(Training):
    """The service chooses.

    The tutorial's settings for the tutorial's job; direct least squares where the model is linear in its parameters,
    the loss is the sum of squares and there are no bounds; else Levenberg-Marquardt.
    """

    optimizer: Literal["auto"] = Field("auto", description="The answer says which optimizer was chosen.")
    steps: int = Field(2000, ge=1, description="Most updates of the parameters.")


OPTIMIZERS: dict[str, type[Training]] = {
    "gradient_descent": GradientDescent,
    "adam": Adam,
    "lbfgs": LBFGS,
    "levenberg_marquardt": LevenbergMarquardt,
    "least_squares": LeastSquares,
}


def _kind_of_optimizer(value: Any) -> str | None:
    if isinstance(value, Training):
        return f"tag:{value.model_dump()['optimizer']}"
    if not isinstance(value, dict):
        return None
    # A learning rate or a momentum alone says which optimizer is meant.
    implied = "gradient_descent" if value.keys() & {"learning_rate", "momentum", "nesterov"} else "auto"
    name = value.get("optimizer", implied)
    return f"tag:{name}" if isinstance(name, str) and name in (*OPTIMIZERS, "auto") else None


_optimizer_union = Discriminator(
    _kind_of_optimizer,
    custom_error_type="optimizer",
    custom_error_message=f"give an object whose optimizer is 'auto' or one of {', '.join(map(repr, OPTIMIZERS))}",
)
Hyperparameters = Annotated[
    Annotated[GradientDescent, Tag("tag:gradient_descent")]
    | Annotated[Adam, Tag("tag:adam")]
    | Annotated[LBFGS, Tag("tag:lbfgs")]
    | Annotated[LevenbergMarquardt, Tag("tag:levenberg_marquardt")]
    | Annotated[LeastSquares, Tag("tag:least_squares")],
    _optimizer_union,
]
HyperparametersOrAuto = Annotated[
    Annotated[Auto, Tag("tag:auto")]
    | Annotated[GradientDescent, Tag("tag:gradient_descent")]
    | Annotated[Adam, Tag("tag:adam")]
    | Annotated[LBFGS, Tag("tag:lbfgs")]
    | Annotated[LevenbergMarquardt, Tag("tag:levenberg_marquardt")]
    | Annotated[LeastSquares, Tag("tag:least_squares")],
    _optimizer_union,
]

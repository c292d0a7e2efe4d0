"""The hyperparameters of a fit: an optimizer and its settings."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from app.schemas.incoming import Incoming


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

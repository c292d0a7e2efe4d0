"""The hyperparameters of a fit: an optimizer and its settings, made from the classes of the optimizers."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, create_model, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.optimizers import OPTIMIZERS
from app.fitting.optimizers.base import Hyperparameter, Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.schemas.incoming import TAG, Incoming

IMPLIED = GradientDescent
"""The optimizer that is meant where only a hyperparameter of it is given, as a learning rate."""


class Training(Incoming):
    """The hyperparameters that every optimizer has."""

    optimizer: str = Field(description="Name of the optimizer.")
    steps: int = Field(2000, ge=1, description="Updates of the parameters.")
    max_seconds: float | None = Field(
        None, gt=0, description="Seconds of training after which it ends with what it has, reason `timeout`."
    )

    @model_validator(mode="after")
    def _hyperparameters_agree(self) -> Self:
        optimizer = OPTIMIZERS.get(self.optimizer)
        words = None if optimizer is None else optimizer(**self.settings()).contradiction()
        if words is not None:
            raise PydanticCustomError("contradiction", "{words}", {"words": words})
        return self

    def settings(self) -> dict[str, float]:
        """Return the hyperparameters that belong to the optimizer itself, by their names."""
        optimizer = OPTIMIZERS.get(self.optimizer)
        names = [] if optimizer is None else [setting.name for setting in optimizer.hyperparameters()]
        return {name: getattr(self, name) for name in names}


class ManySteps(Training):
    """The hyperparameters of optimizers whose steps are cheap and many."""

    compression: bool = Field(
        True,
        description=(
            "Whether a polynomial model may be trained on as few points as its degree needs, which tell the same of a "
            "sum of squares, to rounding."
        ),
    )


class AutomaticOptimizer(Training):
    """The choice of the optimizer by the service.

    It takes the tutorial's settings for the tutorial's job; direct least squares where the model is linear in its
    parameters, the loss is the sum of squares and there are no bounds; else Levenberg-Marquardt.
    """

    optimizer: Literal["auto"] = Field("auto", description="The answer says which optimizer was chosen.")
    steps: int = Field(2000, ge=1, description="Most updates of the parameters.")


def _schema_of(optimizer: type[Optimizer]) -> type[Training]:
    """Return the schema of an optimizer and its hyperparameters."""

    fields: dict[str, Any] = {
        "optimizer": (
            Literal[optimizer.name],
            Field(optimizer.name if optimizer is IMPLIED else ..., description=f"{optimizer.title}."),
        ),
        **_steps_of(optimizer),
        **{setting.name: _field_of(setting) for setting in optimizer.hyperparameters()},
    }
    return create_model(
        optimizer.__name__,
        __base__=ManySteps if optimizer.cheap_steps else Training,
        __module__=__name__,
        __doc__=optimizer.description,
        **fields,
    )


def _steps_of(optimizer: type[Optimizer]) -> dict[str, Any]:
    """Return the field `steps` by its name, where it is another than every optimizer has."""
    if optimizer.solves_directly:
        return {"steps": (Literal[1], Field(1, description="It takes one."))}
    if optimizer.ends_at_a_minimum:
        description = "Most updates of the parameters; it ends before when it has converged."
        return {"steps": (int, Field(2000, ge=1, description=description))}
    return {}


def _field_of(setting: Hyperparameter) -> tuple[type, Any]:
    limits = {
        "gt": setting.greater_than,
        "ge": setting.at_least,
        "lt": setting.less_than,
        "le": setting.at_most,
    }
    bounds: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    return type(setting.default), Field(setting.default, description=setting.description, **bounds)


SCHEMAS = MappingProxyType({name: _schema_of(optimizer) for name, optimizer in OPTIMIZERS.items()})
"""The schema of each optimizer's hyperparameters by its name."""
# A process beside the service's own finds them by their names too.
globals().update({schema.__name__: schema for schema in SCHEMAS.values()})


def _kind_of_optimizer(value: Any) -> str | None:
    if isinstance(value, Training):
        return f"{TAG}{value.optimizer}"
    if not isinstance(value, dict):
        return None
    implied = IMPLIED.name if value.keys() & {setting.name for setting in IMPLIED.hyperparameters()} else "auto"
    name = value.get("optimizer", implied)
    return f"{TAG}{name}" if isinstance(name, str) and name in (*OPTIMIZERS, "auto") else None


def _union_of(schemas: Mapping[str, type[Training]]) -> Any:
    names = ", ".join(map(repr, OPTIMIZERS))
    discriminator = Discriminator(
        _kind_of_optimizer,
        custom_error_type="optimizer",
        custom_error_message=f"give an object whose optimizer is 'auto' or one of {names}",
    )
    members = (Annotated[schema, Tag(f"{TAG}{name}")] for name, schema in schemas.items())
    return Annotated[reduce(or_, members), discriminator]


if TYPE_CHECKING:
    Hyperparameters = Training
    HyperparametersOrAuto = Training
else:
    Hyperparameters = _union_of(SCHEMAS)
    HyperparametersOrAuto = _union_of({"auto": AutomaticOptimizer, **SCHEMAS})

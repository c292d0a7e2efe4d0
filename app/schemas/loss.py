"""The loss of a fit: what one number a training makes smaller."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.problems.losses import SHAPES
from app.schemas.incoming import NUMBER_OR_AUTO, AutoWord, Incoming

LossName = Literal["squares", "huber", "soft_l1", "cauchy", "tukey", "poisson"]


class Loss(Incoming):
    """A loss and, of a robust one, from which residual on it counts less than the square."""

    name: LossName = Field(
        "squares",
        description=(
            "`squares`: sum of squared residuals. `huber`, `soft_l1`, `cauchy`, `tukey`: robust against outliers. "
            "`poisson`: likelihood of counts."
        ),
    )
    threshold: Annotated[Annotated[float, Field(gt=0), Tag("tag:number")] | AutoWord, NUMBER_OR_AUTO] | None = Field(
        None,
        description=(
            "Of the robust losses, in the unit of the weighted residual; `auto` (the default there): that with 95 % "
            "efficiency on normal errors, from a robust estimate of their standard deviation. The result says it."
        ),
    )

    @model_validator(mode="after")
    def _threshold_belongs_to_the_loss(self) -> Self:
        if self.threshold is not None and self.name not in SHAPES:
            raise PydanticCustomError("loss", "this loss has no threshold")
        return self

    def resolved(self) -> "Loss":
        """With the default threshold, if it wants one."""
        wants = self.name in SHAPES and self.threshold is None
        return self.model_copy(update={"threshold": "auto"}) if wants else self


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


LossOrName = Annotated[Loss, BeforeValidator(_by_name, json_schema_input_type=Loss | LossName)]

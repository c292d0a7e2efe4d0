"""The loss of a fit: the number that a training makes smaller."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.problems.losses import LOSSES, needs_threshold
from app.schemas.incoming import NUMBER_OR_AUTO, AutoWord, Incoming, schema_named

if TYPE_CHECKING:
    LossName = str
else:
    LossName = Annotated[Literal[tuple(LOSSES)], schema_named("LossName", "The name of a loss, see `GET /losses`.")]


class Loss(Incoming):
    """A loss and, of a robust one, from which residual on it counts less than the square."""

    name: LossName = Field(
        "squares",
        description=" ".join(f"`{name}`: {loss.description}" for name, loss in LOSSES.items()),
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
        if self.threshold is not None and not needs_threshold(self.name):
            raise PydanticCustomError("loss", "this loss has no threshold")
        return self

    def resolved(self) -> "Loss":
        """Return the loss with the default threshold, if it needs a threshold and has none."""
        lacks_threshold = needs_threshold(self.name) and self.threshold is None
        return self.model_copy(update={"threshold": "auto"}) if lacks_threshold else self


def _by_name(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


LossOrName = Annotated[Loss, BeforeValidator(_by_name, json_schema_input_type=Loss | LossName)]

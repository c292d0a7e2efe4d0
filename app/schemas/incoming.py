"""The base of every part of a request: strictness, formulas checked as text, tags of unions."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType

from app.fitting.formulas.formula import FormulaError

TAG = "tag:"
"""The beginning of the tags of unions. Pydantic puts tags into the location of an error; a client must not see them."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=50)]
"""The name of a parameter or of a predictor variable."""


class Incoming(BaseModel):
    """A strict part of a request: it takes no unknown fields, no "5" for 5, no NaN and no infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


def _number_or_auto(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:auto"
    return "tag:number" if isinstance(value, int | float) and not isinstance(value, bool) else None


# Types with a name are schemas of that name, where generated clients would number what has none.
Auto = TypeAliasType("Auto", Annotated[Literal["auto"], Field(description="The word that leaves it to the service.")])
AutoWord = Annotated[Auto, Tag("tag:auto")]
NUMBER_OR_AUTO = Discriminator(
    _number_or_auto, custom_error_type="number_or_auto", custom_error_message="give a number, or 'auto'"
)
"""The discriminator of a union of a number, tagged `tag:number`, and AutoWord."""


def formula_text(parse_text: Callable[[str], object]) -> AfterValidator:
    """Return the validator of a text that `parse_text` must be able to read."""

    def check(text: str) -> str:
        try:
            parse_text(text)
        except FormulaError as error:
            raise PydanticCustomError(
                "formula", "{problem}", {"problem": str(error), "position": error.position}
            ) from None
        return text

    return AfterValidator(check)

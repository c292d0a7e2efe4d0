"""The base of every part of a request: strictness, formulas checked as text, tags of unions."""

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from app.fitting.formulas.formula import FormulaError

TAG = "tag:"
"""The beginning of the tags of unions. Pydantic puts tags into the location of an error; a client must not see them."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=50)]
"""The name of a parameter or of a predictor variable."""


def _defaults_in_words(schema: dict[str, Any]) -> None:
    """Tell defaults in the descriptions: what has a `default`, some generators of clients demand in every request."""
    for field in schema.get("properties", {}).values():
        default = field.pop("default", None)
        if default is not None:
            field["description"] = f"{field['description']} Default: `{json.dumps(default)}`."


class Incoming(BaseModel):
    """A strict part of a request: it takes no unknown fields, no "5" for 5, no NaN and no infinity."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, frozen=True, json_schema_extra=_defaults_in_words
    )


NAMED = "x-named"
"""What in a schema says its name and description."""


def schema_named(name: str, description: str) -> Any:
    """Return what gives a type a name in the OpenAPI document, where generated clients would number it.

    A type alias would do the same, but forget the strictness of the model in which it stands.
    """
    return Field(json_schema_extra={NAMED: {"name": name, "description": description}})


def _number_or_auto(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:auto"
    return "tag:number" if isinstance(value, int | float) and not isinstance(value, bool) else None


AutoWord = Annotated[Literal["auto"], schema_named("Auto", "The word that leaves it to the service."), Tag("tag:auto")]
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

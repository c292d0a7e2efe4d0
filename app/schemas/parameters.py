"""The parameters of a request: start values, bounds, ties."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.formulas.formula import parse
from app.schemas.incoming import NUMBER_OR_AUTO, AutoWord, Incoming, Name, formula_text, schema_named

_WORDS_OF_LMFIT: Mapping[str, str] = MappingProxyType(
    {"value": "start", "min": "lower", "max": "upper", "expr": "tied", "vary": "fixed"}
)
"""Fields of a parameter by the names that they have in lmfit."""


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

    @model_validator(mode="before")
    @classmethod
    def _in_words_of_lmfit(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not _WORDS_OF_LMFIT.keys() & value.keys():
            return value
        ours = {name: part for name, part in value.items() if name not in _WORDS_OF_LMFIT}
        for word, name in _WORDS_OF_LMFIT.items():
            if word not in value:
                continue
            if name in ours:
                raise PydanticCustomError(
                    "twice", "{word} is lmfit's word for {name}: give one of them", {"word": word, "name": name}
                )
            ours[name] = not value[word] if word == "vary" and isinstance(value[word], bool) else value[word]
        return ours

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


def _kind_of_parameters(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:auto"
    return "tag:by_name" if isinstance(value, dict) else None


ParametersByName = Annotated[
    dict[Name, ParameterOrStart],
    Field(max_length=100),
    schema_named("ParametersByName", "Parameters by name: a start value each, or more."),
]
ParametersOrAuto = Annotated[
    Annotated[ParametersByName, Tag("tag:by_name")] | AutoWord,
    Discriminator(
        _kind_of_parameters,
        custom_error_type="parameters",
        custom_error_message="give the parameters by name, as in {open}{quote}a{quote}: 1{close}, or 'auto'",
        custom_error_context={"open": "{", "close": "}", "quote": '"'},
    ),
]

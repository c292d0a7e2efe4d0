"""The model of a fit: a formula, a model of the library by its name, a sum of such models, or a series."""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.fitting.formulas.formula import FormulaError, parse
from app.fitting.formulas.wrong_calls import UnknownFunctionError
from app.fitting.library import MODELS, model_like
from app.schemas.incoming import NUMBER_OR_AUTO, TAG, AutoWord, Incoming, formula_text


def _plain_value(value: Any) -> Any:
    if not isinstance(value, int | float | str):
        raise PydanticCustomError("option", "an option of a model of the library is a number, a text, true or false")
    return value


class NamedModel(Incoming):
    """A model of the library; other fields are its options, see `GET /models`."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[int | float | str | bool, BeforeValidator(_plain_value)]]

    name: Annotated[str, Field(max_length=50)] = Field(
        description="Name of the model, one of `GET /models`.", examples=["gaussian"]
    )

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of the model as they were sent."""
        return self.model_extra or {}

    @property
    def parts(self) -> "list[NamedModel]":
        """Return the models that it is the sum of: itself."""
        return [self]


def _named(part: Any) -> Any:
    """Return the name of a model as the model without options."""
    return {"name": part} if isinstance(part, str) else part


Part = Annotated[NamedModel, BeforeValidator(_named, json_schema_input_type=NamedModel | str)]


class SumModel(Incoming):
    """A sum of models of the library, whose start values are guessed together."""

    sum: Annotated[list[Part], Field(min_length=1, max_length=10)] = Field(
        description=(
            "The models, or their names. A parameter keeps its name, unless several parts have it: then the name of "
            "its part stands before it, `gaussian_center`, with a number where there are several of one model, "
            "`gaussian2_center`. A constant, or the same power of x, is in the sum once: `linear` and `polynomial` "
            "keep it, of others the first."
        ),
        examples=[[{"name": "gaussian"}, {"name": "exponential_decay", "origin": 3}]],
    )

    @property
    def parts(self) -> list[NamedModel]:
        """Return the models that it is the sum of."""
        return self.sum


OfLibrary = NamedModel | SumModel


class SeriesModel(Incoming):
    """A sum of orthogonal functions of x, linear in its coefficients c0, c1, ..."""

    series: Literal["legendre", "chebyshev", "hermite", "laguerre", "fourier"] = Field(description="The functions.")
    degree: Annotated[Annotated[int, Field(ge=0, le=100), Tag("tag:number")] | AutoWord, NUMBER_OR_AUTO] = Field(
        description="Degree of the series; `auto`: chosen by the criterion, the result says why."
    )
    criterion: Literal["aicc", "bic", "cross_validation"] = Field(
        "aicc", description="Criterion that an automatic degree makes least."
    )
    max_degree: int = Field(20, ge=0, le=100, description="Highest degree that is tried.")
    domain: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        None, description="x that are mapped to -1 and 1 (`legendre`, `chebyshev`); left out: the range of the data."
    )
    period: float | None = Field(
        None, gt=0, description="Period of a `fourier` series; left out: the range of the data."
    )

    @model_validator(mode="after")
    def _scale_belongs_to_the_series(self) -> Self:
        if self.domain is not None and self.series not in ("legendre", "chebyshev"):
            raise PydanticCustomError("series", "only legendre and chebyshev have a domain")
        if self.domain is not None and not self.domain[0] < self.domain[1]:
            raise PydanticCustomError("series", "the domain must ascend: [first x, last x] with first < last")
        if self.period is not None and self.series != "fourier":
            raise PydanticCustomError("series", "only a fourier series has a period")
        return self


AnyModel = str | OfLibrary | SeriesModel


def _kind_of_model(value: Any) -> str | None:
    if isinstance(value, str):
        return "tag:formula"
    kinds = {"series": SeriesModel, "name": NamedModel, "sum": SumModel}
    for field, kind in kinds.items():
        if isinstance(value, kind) or (isinstance(value, dict) and field in value):
            return f"{TAG}{field}"
    return None


_NAMES = re.compile(r"\s*\w+\s*(\+\s*\w+\s*)*")


def _of_library(value: Any) -> Any:
    """Return a text of names of the library, joined by +, as the model or sum that it means."""
    if not isinstance(value, str) or not _NAMES.fullmatch(value):
        return value
    names = [name.strip() for name in value.split("+")]
    if not all(name in MODELS for name in names):
        return value
    return {"name": names[0]} if len(names) == 1 else {"sum": [{"name": name} for name in names]}


def _parse_model(text: str) -> None:
    """Read a formula. Raise FormulaError, which tells of the library where a function has the name of its models."""
    try:
        parse(text)
    except UnknownFunctionError as error:
        name = model_like(error.function)
        if name is None or (error.similar and name != error.function):
            raise
        words = f'{error.function} is no function: the library has it: {{"name": "{name}"}}'
        raise FormulaError(words, error.position) from None


Model = Annotated[
    Annotated[str, formula_text(_parse_model), Tag("tag:formula")]
    | Annotated[NamedModel, Tag("tag:name")]
    | Annotated[SumModel, Tag("tag:sum")]
    | Annotated[SeriesModel, Tag("tag:series")],
    Discriminator(
        _kind_of_model,
        custom_error_type="model",
        custom_error_message=(
            "give a formula, a model by name ({open}name{close}), a sum of such models ({open}sum{close}) or a series "
            "({open}series, degree{close})"
        ),
        custom_error_context={"open": "{", "close": "}"},
    ),
    BeforeValidator(_of_library),
]

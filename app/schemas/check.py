"""A model that is looked at before it is fitted: what is asked, and what is told."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.schemas.incoming import Incoming
from app.schemas.model import Model
from app.schemas.outgoing import Outgoing
from app.schemas.parameters import ParametersOrAuto
from app.schemas.target import VariableName


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise PydanticCustomError("twice", "each predictor variable is named once")
    return names


class CheckRequest(Incoming):
    """A model, as in a fit, with the names of its predictor variables."""

    model: Model = Field(
        description="A formula, a model of the library or a sum of these, or a series, as `POST /fit` takes it.",
        examples=["top * (1 - exp(-rate * x))", "gaussian + linear"],
    )
    variables: Annotated[list[VariableName], Field(min_length=1, max_length=20), AfterValidator(_each_once)] = Field(
        ["x"], description="Names of the predictor variables; all other names are parameters."
    )
    parameters: ParametersOrAuto = Field(
        default_factory=dict, description="What is said of the parameters, as `POST /fit` takes it."
    )


class CheckedParameter(Outgoing):
    """A parameter of a model that was checked."""

    name: str = Field(description="Its name.")
    meaning: str | None = Field(description="Its meaning, in a model of the library.")
    start: float | None = Field(
        description="Start value that is given; null: it is guessed or searched for when there are data."
    )
    fixed: bool = Field(description="Whether it stays at its start value.")
    lower: float | None = Field(description="Smallest value that it may take, given or natural; null: there is none.")
    upper: float | None = Field(description="Largest value that it may take, given or natural; null: there is none.")
    tied: str | None = Field(description="Formula in other parameters that gives its value; null: there is none.")
    shared: bool = Field(description="Whether it has the same value in all of many curves.")


class CheckedModel(Outgoing):
    """What a model is, before it is fitted to anything."""

    object: Literal["checked_model"] = Field("checked_model", description="What this is.")
    formula: str | None = Field(
        description=(
            "The model as a formula: an origin that follows from the data is 0 here, and `u` stands for the x of a "
            "series, scaled as the data tell. Null: the degree of the series is left to the data."
        )
    )
    latex: str | None = Field(description="The formula in LaTeX.")
    mathml: str | None = Field(description="The formula in MathML, as an element that a page can show.")
    variables: list[str] = Field(description="The predictor variables.")
    parameters: list[CheckedParameter] = Field(description="The parameters, in the order of the formula.")
    is_linear: bool = Field(description="Whether the model is linear in all parameters that are fitted.")
    description: str | None = Field(description="What it is, in words; null for a formula.")
    warnings: list[str] = Field(description="What of the model may be meant otherwise, in words.")

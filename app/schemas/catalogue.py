"""What goes out with `GET /models`."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class ModelOption(BaseModel):
    """A whole number that shapes a model."""

    model_config = ConfigDict(frozen=True)

    default: int = Field(description="Taken if it is left out.")
    lowest: int = Field(description="Smallest that may be given.")
    highest: int = Field(description="Largest that may be given.")
    meaning: str = Field(description="What it says.")


class NaturalBounds(BaseModel):
    """Smallest and largest value of a parameter that has a meaning; null: there is none."""

    model_config = ConfigDict(frozen=True)

    lower: float | None = Field(description="Smallest value.")
    upper: float | None = Field(description="Largest value.")


class ModelDescription(BaseModel):
    """A model of the library, with its options at their defaults."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="What to put into `model.name`.")
    title: str = Field(description="What it is.")
    formula: str = Field(description="Formula in the predictor variables and parameters.")
    latex: str = Field(description="The formula in LaTeX.")
    parameters: dict[str, str] = Field(description="Meaning of each parameter.")
    bounds: dict[str, NaturalBounds] = Field(
        description="Bounds of the parameters that have some, unless `parameters` of a fit has others for them."
    )
    options: dict[str, ModelOption] = Field(description="Further fields of `model`.")
    variables: int | None = Field(description="Number of predictor variables; null: any.")
    example: dict[str, Any] = Field(description="A `model` for `POST /fit`.")


class SeriesDescription(BaseModel):
    """A series of orthogonal functions."""

    model_config = ConfigDict(frozen=True)

    series: str = Field(description="What to put into `model.series`.")
    formula: str = Field(description="The series of degree 2 in u, the scaled x.")
    example: dict[str, Any] = Field(description="A `model` for `POST /fit`.")


class ModelList(BaseModel):
    """Models by name, and series."""

    model_config = ConfigDict(frozen=True)

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[ModelDescription] = Field(description="The models of the library.")
    series: list[SeriesDescription] = Field(description="The series.")

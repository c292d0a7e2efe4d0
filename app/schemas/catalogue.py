"""The answers of `GET /models`, `GET /optimizers`, `GET /losses` and `GET /functions`."""

from typing import Any, Literal

from pydantic import Field

from app.schemas.outgoing import Outgoing


class ModelOption(Outgoing):
    """A number or word that shapes a model."""

    default: int | float | str = Field(description="Value if it is left out.")
    lowest: int | None = Field(description="Smallest value of a whole number; null for what is none.")
    highest: int | None = Field(description="Largest value of a whole number; null for what is none.")
    choices: list[str] | None = Field(None, description="The words that can be chosen from; null for a number.")
    meaning: str = Field(description="Meaning of the option.")


class NaturalBounds(Outgoing):
    """The smallest and the largest value with which a parameter has a meaning; null: there is none."""

    lower: float | None = Field(description="Smallest value.")
    upper: float | None = Field(description="Largest value.")


class ModelDescription(Outgoing):
    """A model of the library, with its options at their defaults."""

    name: str = Field(description="What to put into `model.name`.")
    title: str = Field(description="What it is.")
    formula: str = Field(description="Formula in the predictor variables and parameters.")
    latex: str = Field(description="The formula in LaTeX.")
    mathml: str = Field(description="The formula in MathML, as an element that a page can show.")
    parameters: dict[str, str] = Field(description="Meaning of each parameter.")
    bounds: dict[str, NaturalBounds] = Field(
        description="Bounds of the parameters that have some, unless `parameters` of a fit has others for them."
    )
    options: dict[str, ModelOption] = Field(description="Further fields of `model`.")
    variables: int | None = Field(description="Number of predictor variables; null: any.")
    example: dict[str, Any] = Field(description="A `model` for `POST /fit`.")


class SeriesDescription(Outgoing):
    """A series of orthogonal functions."""

    series: str = Field(description="What to put into `model.series`.")
    formula: str = Field(description="The series of degree 2 in u, the scaled x.")
    example: dict[str, Any] = Field(description="A `model` for `POST /fit`.")


class ModelList(Outgoing):
    """Models by name, and series."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[ModelDescription] = Field(description="The models of the library.")
    series: list[SeriesDescription] = Field(description="The series.")


class HyperparameterDescription(Outgoing):
    """A setting of an optimizer."""

    name: str = Field(description="What to put into `hyperparameters`.")
    type: Literal["boolean", "integer", "number"] = Field(description="Type of its values in JSON.")
    default: bool | int | float = Field(description="Value if it is left out.")
    description: str = Field(description="Meaning of the setting.")
    greater_than: float | None = Field(description="Values are greater than this; null: there is no such limit.")
    at_least: float | None = Field(description="Smallest value; null: there is no such limit.")
    less_than: float | None = Field(description="Values are less than this; null: there is no such limit.")
    at_most: float | None = Field(description="Largest value; null: there is no such limit.")


class OptimizerDescription(Outgoing):
    """An optimizer, and what it can do."""

    name: str = Field(description="What to put into `hyperparameters.optimizer`.")
    title: str = Field(description="What it is called.")
    description: str = Field(description="What it does.")
    hyperparameters: list[HyperparameterDescription] = Field(
        description="Its settings, besides `steps` and `max_seconds`, and `compression` of those with cheap steps."
    )
    losses: list[str] = Field(description="Names of the losses that it takes.")
    takes_bounds: bool = Field(description="Whether parameters may have bounds.")
    shares_parameters: bool = Field(description="Whether curves may share parameters.")
    solves_directly: bool = Field(
        description="Whether it solves a model that is linear in its parameters in one step, and takes no other."
    )
    ends_at_a_minimum: bool = Field(
        description="Whether it ends by itself at the nearest minimum, and not only when its steps are used up."
    )
    cheap_steps: bool = Field(
        description="Whether it takes many cheap steps, so that a polynomial model may be compressed to few points."
    )
    alone_because: str | None = Field(
        description="Why it trains many curves one after another; null: it trains them at once."
    )
    slower_by: str | None = Field(
        description="Hyperparameter to make smaller where a training diverges; null: there is none."
    )


class OptimizerList(Outgoing):
    """Optimizers by name."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[OptimizerDescription] = Field(description="The optimizers.")


class LossDescription(Outgoing):
    """A loss."""

    name: str = Field(description="What to put into `loss`, or into `loss.name`.")
    title: str = Field(description="What it is called.")
    description: str = Field(description="What it is good for.")
    kind: Literal["squares", "robust", "likelihood"] = Field(
        description="Whether it is the sum of squares, robust against outliers, or a likelihood."
    )
    tuning: float | None = Field(
        description=(
            "Threshold, in standard deviations, that `loss.threshold` has if it is `auto`; null: the loss has no "
            "threshold."
        )
    )
    redescending: bool = Field(
        description=(
            "Whether a point far from the model pulls less and less at it, so that there are several minima; then a "
            "training that ends at the nearest starts at the minimum of Huber's loss."
        )
    )
    of_counts: bool = Field(description="Whether y has to be counts.")
    source: str = Field(description="Where it comes from.")


class LossList(Outgoing):
    """Losses by name."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[LossDescription] = Field(description="The losses.")


class FunctionDescription(Outgoing):
    """A function that a formula may call."""

    name: str = Field(description="Its name in a formula.")
    arguments: list[str] = Field(description="What it is called with, in order.")
    numbers: list[str] = Field(description="Those of its arguments that have to be plain numbers, as a degree.")
    description: str = Field(description="What it is.")
    aliases: list[str] = Field(description="Further names.")
    shorthand: str | None = Field(
        description="What may stand before a degree as a shorter name, as in `P3(u)`; null: there is none."
    )


class FunctionList(Outgoing):
    """Functions and constants by name."""

    object: Literal["list"] = Field("list", description="What this is.")
    data: list[FunctionDescription] = Field(description="The functions.")
    constants: dict[str, float] = Field(description="Numbers that have a name.")

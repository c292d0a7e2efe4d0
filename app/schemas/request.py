"""The request of `POST /fit`. Every field has a default; `{}` is the PyTorch tutorial's job."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.schemas.hyperparameters import AutomaticOptimizer, HyperparametersOrAuto
from app.schemas.incoming import Incoming
from app.schemas.loss import Loss, LossOrName
from app.schemas.model import Model
from app.schemas.parameters import Parameter, ParametersOrAuto
from app.schemas.target import DataTarget, FunctionTarget, Target, wrong_at

TUTORIAL_MODEL = "a + b * P3(c + d * x)"
TUTORIAL_START = {"a": 0.0, "b": -1.0, "c": 0.0, "d": 0.3}


MOST_LABELS = 16

MetadataKey = Annotated[str, Field(min_length=1, max_length=64)]
MetadataValue = Annotated[str, Field(max_length=512)]


class Confidence(Incoming):
    """Confidence intervals of the coefficients."""

    level: float = Field(0.95, gt=0, lt=1, description="Confidence level.")
    profile: bool = Field(
        False,
        description=(
            "`true`: also intervals by profile likelihood, for which the fit is done anew around each coefficient; "
            "they hold where the model is far from linear, and intervals by Student's t do not. With a robust loss "
            "they follow from its drop in dispersion at the threshold of the fit. Many curves can't have them."
        ),
    )


class FitRequest(Incoming):
    """A fit job. Whatever is left out takes its default, and the answer says which."""

    target: Target = Field(default_factory=FunctionTarget, description="What is fitted to.")
    model: Model = Field(
        TUTORIAL_MODEL,
        description=(
            "Formula in x (or in the predictor variables) and in named parameters; `P3(u)` is the Legendre polynomial "
            "of degree 3, trained through our own autograd function. Or a model of the library, see `GET /models`, or "
            "a sum of several, `gaussian + linear` or with options for each part, or a series."
        ),
        examples=[
            TUTORIAL_MODEL,
            "b1 * (1 - exp(-b2 * x))",
            {"name": "gaussian"},
            "gaussian + linear",
            {"sum": [{"name": "gaussian"}, {"name": "exponential_decay", "origin": 3}]},
            {"series": "legendre", "degree": 7},
        ],
    )
    parameters: ParametersOrAuto = Field(
        default_factory=dict,
        description=(
            "Start values by parameter name. One that is left out is searched for, or in a model of the library "
            "guessed from the data; in the tutorial's model it is the tutorial's a=0, b=-1, c=0, d=0.3, and with "
            "gradient descent or Adam it is 1. `auto`: all are searched for."
        ),
        examples=[TUTORIAL_START],
    )
    hyperparameters: HyperparametersOrAuto = Field(
        default_factory=AutomaticOptimizer,
        description=(
            "The optimizer and its settings. Left to the service (`auto`), the tutorial's job is trained as the "
            "tutorial does, a model that is linear in its parameters is solved for directly, every other is fitted by "
            "Levenberg-Marquardt."
        ),
    )
    loss: LossOrName = Field(default_factory=Loss, description="What the training makes smaller.")
    confidence: Confidence = Field(default_factory=Confidence, description="Confidence intervals of the coefficients.")
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of the search for start values that are `auto`.")
    device: Annotated[str, Field(max_length=20)] = Field(
        "cpu", description="Where it is trained: one of `GET /devices`.", examples=["cpu", "cuda"]
    )
    dtype: Literal["float64", "float32"] = Field("float64", description="Number format of the training.")
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MOST_LABELS)] = Field(
        default_factory=dict,
        description="Your own labels: up to 16 texts, key up to 64 and value up to 512 characters.",
        examples=[{"plate": "7"}],
    )
    webhook: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None,
        description=(
            "Name of one of your webhooks: when the fit ends, a signed message goes to its address. Who runs the "
            "service makes webhooks, by `fit-service webhooks make`."
        ),
        examples=["lab"],
    )

    @property
    def given_parameters(self) -> Mapping[str, float | Literal["auto"] | Parameter]:
        """Return what was said of single parameters, by name."""
        return {} if self.parameters == "auto" else self.parameters

    @model_validator(mode="after")
    def _profile_of_one_curve(self) -> Self:
        if self.confidence.profile and isinstance(self.target, DataTarget) and self.target.curves is not None:
            raise wrong_at(("confidence", "profile"), "of many curves there are no intervals by profile likelihood")
        return self

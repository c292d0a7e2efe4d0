"""A fit as the table keeps it, typed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from app.jobs.data.columns import StoredData
from app.jobs.fit import upcast
from app.schemas.hyperparameters import SCHEMAS, Training
from app.schemas.loss import Loss
from app.schemas.model import AnyModel, NamedModel, SeriesModel, SumModel
from app.schemas.parameters import Parameter
from app.schemas.request import Confidence
from app.schemas.target import FunctionTarget


@dataclass(frozen=True)
class StoredFit:
    """A fit as a request asked for it, with everything filled in that the request left open.

    `from_json` reads the JSON that any version wrote into the table; `to_json` writes today's.
    """

    target: FunctionTarget | StoredData
    model: AnyModel
    """The model as it was given."""
    formula: str | None
    """The model as a formula; None where the degree of a series is left to the data."""
    parameters: dict[str, Parameter]
    """Every parameter of the formula, in its order."""
    hyperparameters: Training
    loss: Loss
    confidence: Confidence
    seed: int
    device: str
    dtype: str
    warnings: list[str] = field(default_factory=list)
    """Sentences about the request: what may be meant otherwise, or is told too little."""

    @property
    def curves(self) -> int | None:
        """Return the number of curves, None for a fit of one curve."""
        return self.target.curves if isinstance(self.target, StoredData) else None

    @property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the predictor variables."""
        return self.target.variables if isinstance(self.target, StoredData) else ("x",)

    @property
    def response(self) -> str | None:
        """Return the formula in y to which the model is fitted, None for y itself."""
        return self.target.response if isinstance(self.target, StoredData) else None

    @property
    def sigma_is_absolute(self) -> bool:
        """Tell whether sigma is the standard deviation itself."""
        return isinstance(self.target, StoredData) and self.target.sigma_absolute

    @property
    def shared(self) -> list[str]:
        """Return the names of the parameters that all curves share."""
        return [name for name, parameter in self.parameters.items() if parameter.shared]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "StoredFit":
        """Return the fit that some version wrote.

        Nothing is validated: it was valid when it came, and limits that have changed since then must not hide it.
        """
        request = upcast.request(stored)
        parameters = {name: Parameter.model_construct(**parameter) for name, parameter in request["parameters"].items()}
        hyperparameters = request["hyperparameters"]
        return cls(
            target=_target(request["target"]),
            model=_model(request["model"]),
            formula=request["formula"],
            parameters=parameters,
            hyperparameters=SCHEMAS[hyperparameters["optimizer"]].model_construct(**hyperparameters),
            loss=Loss.model_construct(**request["loss"]),
            confidence=Confidence.model_construct(**request["confidence"]),
            seed=request["seed"],
            device=request["device"],
            dtype=request["dtype"],
            warnings=request["warnings"],
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fit as JSON for the table."""
        target = self.target
        return {
            "target": {**asdict(target), "variables": [*target.variables]}
            if isinstance(target, StoredData)
            else target.model_dump(),
            "model": self.model if isinstance(self.model, str) else self.model.model_dump(mode="json"),
            "parameters": {name: parameter.model_dump(mode="json") for name, parameter in self.parameters.items()},
            "hyperparameters": self.hyperparameters.model_dump(mode="json"),
            "loss": self.loss.model_dump(mode="json"),
            "confidence": self.confidence.model_dump(mode="json"),
            "seed": self.seed,
            "device": self.device,
            "dtype": self.dtype,
            "formula": self.formula,
            "warnings": self.warnings,
        }


def _target(stored: Mapping[str, Any]) -> FunctionTarget | StoredData:
    if "function" in stored:
        return FunctionTarget.model_construct(**stored)
    return StoredData(**{**stored, "variables": tuple(stored["variables"])})


def _model(stored: str | Mapping[str, Any]) -> AnyModel:
    if isinstance(stored, str):
        return stored
    if "sum" in stored:
        return SumModel.model_construct(sum=[NamedModel.model_construct(**part) for part in stored["sum"]])
    return SeriesModel.model_construct(**stored) if "series" in stored else NamedModel.model_construct(**stored)

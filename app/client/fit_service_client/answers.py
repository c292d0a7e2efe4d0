"""Answers of the service as they are used in Python: numbers as NumPy arrays, NaN where there is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .columns import Floats
from .schemas import Statistics


def array_of(numbers: Iterable[Any]) -> Floats:
    """Return numbers, lists of numbers or None as an array."""
    return np.array(numbers, dtype=np.float64)


def array_or_none(numbers: Iterable[Any] | None) -> Floats | None:
    """Return numbers as an array; None if there are none at all."""
    return None if numbers is None else array_of(numbers)


def floats_of(named: Mapping[str, float | None]) -> dict[str, float]:
    """Return numbers by name."""
    return {name: float("nan") if value is None else value for name, value in named.items()}


@dataclass(frozen=True)
class History:
    """The loss after each step, or after some of the steps."""

    step: npt.NDArray[np.int64]
    """Numbers of updates done; 0 is the start."""
    loss: Floats
    """Loss after so many."""
    total_points: int
    """Rows of the whole history."""


@dataclass(frozen=True)
class Band:
    """The limits of a band at each point."""

    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, document: Any) -> "Band | None":
        """Return the band of an answer."""
        return None if document is None else cls(array_of(document["lower"]), array_of(document["upper"]))


@dataclass(frozen=True)
class Prediction:
    """A fitted model at points."""

    values: Floats | None
    """Value of the model at each point; None for a curve without coefficients."""
    stderr: Floats | None
    """Its standard error."""
    confidence: Band | None
    """Limits for the model with the true coefficients."""
    prediction: Band | None
    """Limits for a further response."""
    residuals: Floats | None
    """At the points of the fit itself: response less value."""
    level: float
    """Confidence level of the bands."""
    response: str | None
    """The quantity of the values, where y was transformed."""
    message: str | None
    """Why there are no bands, in words."""
    curve: int | None = None
    """Number of the curve, if several were asked for."""
    label: str | None = None
    """Its label."""

    @classmethod
    def of(cls, document: Mapping[str, Any], page: Mapping[str, Any] | None = None) -> "Prediction":
        """Return the prediction of an answer, or of one curve of a page."""
        shared = document if page is None else page
        return cls(
            values=array_or_none(document["values"]),
            stderr=array_or_none(document["stderr"]),
            confidence=Band.of(document["confidence"]),
            prediction=Band.of(document["prediction"]),
            residuals=array_or_none(document["residuals"]),
            level=shared["level"],
            response=shared["response"],
            message=document["message"],
            curve=document.get("curve"),
            label=document.get("label"),
        )


@dataclass(frozen=True)
class InversePrediction:
    """The x at which a fitted model has given y; each array has one element for each y."""

    y: Floats
    """The responses; of replicates their means."""
    x: Floats
    """The x; NaN where there is none, or several."""
    stderr: Floats
    """Standard error of x."""
    lower: Floats
    upper: Floats
    extrapolated: npt.NDArray[np.bool_]
    """Whether x lies beyond the data."""
    solutions: Sequence[Floats]
    """Every x at which the model has this y, in ascending order."""
    messages: Sequence[str | None]
    """What to know about each x, in words."""
    level: float
    """Confidence level of the limits."""
    interval: str | None
    """Kind of the limits."""
    message: str | None
    """Why there are no limits, in words."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "InversePrediction":
        """Return what an answer says."""
        rows = document["data"]
        return cls(
            **{name: array_of([row[name] for row in rows]) for name in ("y", "x", "stderr", "lower", "upper")},
            extrapolated=np.array([row["extrapolated"] for row in rows], dtype=bool),
            solutions=[array_of([solution["x"] for solution in row["solutions"]]) for row in rows],
            messages=[row["message"] for row in rows],
            level=document["level"],
            interval=document["interval"],
            message=document["message"],
        )


@dataclass(frozen=True)
class Quantity:
    """A quantity that follows from the coefficients, with its limits."""

    value: float
    stderr: float
    lower: float
    upper: float

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Quantity":
        """Return a quantity of an answer."""
        return cls(**floats_of({name: document[name] for name in cls.__dataclass_fields__}))


@dataclass(frozen=True)
class Derived:
    """Quantities that follow from the coefficients, by name."""

    quantities: Mapping[str, Quantity]
    covariance: Floats | None
    """Covariance of the quantities, in their order."""
    level: float
    """Confidence level of the limits."""
    message: str | None
    """Why numbers are missing, in words."""
    curve: int | None
    """Number of the curve, if there are many."""
    label: str | None
    """Its label."""

    def __getitem__(self, name: str) -> Quantity:
        """Return a quantity by its name."""
        return self.quantities[name]

    @classmethod
    def of(cls, document: Mapping[str, Any], page: Mapping[str, Any]) -> "Derived":
        """Return what a page says of one of its curves."""
        return cls(
            quantities={name: Quantity.of(row) for name, row in document["quantities"].items()},
            covariance=array_or_none(document["covar"]),
            level=page["level"],
            message=document["message"],
            curve=document["curve"],
            label=document["label"],
        )


@dataclass(frozen=True)
class Curve:
    """The result of one of many curves."""

    curve: int
    """Its number in the order of the data, from 0."""
    label: str | None
    coefficients: dict[str, float]
    stderr: dict[str, float]
    final_loss: float
    steps: int
    status: str
    """`succeeded` or `failed`."""
    reason: str
    """Why its training ended."""
    message: str | None
    """The same in words."""
    threshold: float | None
    statistics: Statistics | None
    """Its statistics, if they were asked for."""
    left_out: int
    """Points that lack a value."""
    warnings: list[str]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Curve":
        """Return a curve of a page."""
        known: dict[str, Any] = {name: document.get(name) for name in cls.__dataclass_fields__}
        known |= {name: floats_of(document[name]) for name in ("coefficients", "stderr")}
        return cls(**known | floats_of({"final_loss": document["final_loss"]}))

    @property
    def covariance(self) -> Floats | None:
        """Return the covariance of the fitted coefficients, in the order of `statistics["var_names"]`."""
        return None if self.statistics is None else array_or_none(self.statistics["covar"])

"""What a training has found so far, or in the end, as the table keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from app.fitting.statistics import Statistics
from app.jobs.fit import upcast


@dataclass(frozen=True)
class Timings:
    """Where the time went, in seconds."""

    queued: float = 0.0
    """Between the request and the first worker."""
    building: float = 0.0
    """Turning the stored fit into a problem."""
    training: float = 0.0
    """The steps themselves, all attempts together."""


@dataclass(frozen=True)
class Execution:
    """Which way a fit ran."""

    compressed: bool = False
    """Whether few points stood for all of them."""
    compiled_steps: int = 0
    """Steps that compiled code took; the others were taken one by one."""

    def after(self, compiled_steps: int) -> "Execution":
        """Return this with some more steps taken by compiled code."""
        return replace(self, compiled_steps=self.compiled_steps + compiled_steps)


@dataclass(frozen=True)
class Selection:
    """How the degree of a series was chosen."""

    criterion: str
    degree: int
    scores: list[float | None]
    """Score of each degree from 0; None where a fit would tell nothing."""


@dataclass(frozen=True)
class CurveCounts:
    """How many curves a fit has, and how many of those that have ended did so well."""

    total: int
    succeeded: int
    failed: int

    @property
    def ended(self) -> int:
        """Return how many curves have ended."""
        return self.succeeded + self.failed


@dataclass(frozen=True)
class StoredResult:
    """What a training has found; `from_json` reads what any version wrote into the table.

    Of many curves, `coefficients` and `statistics` are those that they share; each curve's own stand in a table of
    their own.
    """

    coefficients: dict[str, float]
    formula: str | None
    """The model with the coefficients in it; None for many curves."""
    final_loss: float
    steps: int
    model: str | None
    """The model as a formula in variables and parameters, once its degree is known."""
    timings: Timings
    start: dict[str, float] | None = None
    """Start value of each free parameter; None where an old version did not keep it."""
    criterion: str | None = None
    """Which test told that the training has converged."""
    nfev: int | None = None
    """Evaluations of the model so far."""
    selection: Selection | None = None
    threshold: float | None = None
    """Threshold of a robust loss."""
    execution: Execution | None = None
    statistics: Statistics | None = None
    curves: CurveCounts | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], stored_request: Mapping[str, Any]) -> "StoredResult":
        """Read what some version wrote as the result of a request."""
        result = upcast.result(stored, stored_request)
        return cls(
            **{
                **{field.name: result[field.name] for field in fields(cls)},
                "timings": Timings(**result["timings"]),
                "selection": _read(Selection, result["selection"]),
                "execution": _read(Execution, result["execution"]),
                "statistics": _read(Statistics, result["statistics"]),
                "curves": _read(CurveCounts, result["curves"]),
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Write as JSON for the table."""
        return asdict(self)


def _read(kind: type[Any], stored: Mapping[str, Any] | None) -> Any:
    if stored is None:
        return None
    return kind(**{field.name: stored[field.name] for field in fields(kind) if field.name in stored})

"""The result of a training, so far or in the end, as the table keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from app.fitting.statistics import Statistics
from app.jobs.fit import upcast


@dataclass(frozen=True)
class Timings:
    """The times that a fit took, in seconds."""

    queued: float = 0.0
    """Between the request and the first worker."""
    building: float = 0.0
    """Turning the stored fit into a problem."""
    training: float = 0.0
    """The steps themselves, all attempts together."""


@dataclass(frozen=True)
class Execution:
    """The way in which a fit ran."""

    compressed: bool = False
    """Whether few points stood for all of them."""
    compiled_steps: int = 0
    """Steps that a program took; the others were taken one by one."""
    step_by_step_because: str | None = None
    """Why no program took the steps; None where one did."""
    machines: list[str] = field(default_factory=list)
    """Kinds of machines on which it ran, in order: processor and versions on which the last bits depend."""

    def on(self, machine: str) -> "Execution":
        """Return the execution that goes on on a kind of machine."""
        known = self.machines[-1:] == [machine]
        return self if known else replace(self, machines=[*self.machines, machine])

    def after(self, compiled_steps: int) -> "Execution":
        """Return the execution after more steps, of which a program took so many."""
        return replace(self, compiled_steps=self.compiled_steps + compiled_steps)


@dataclass(frozen=True)
class Selection:
    """The choice of the degree of a series."""

    criterion: str
    degree: int
    scores: list[float | None]
    """Score of each degree from 0; None where a fit would tell nothing."""


@dataclass(frozen=True)
class StartSearch:
    """The search for start values of a fit, and how much it tried."""

    parameters: list[str]
    """The parameters that were searched for."""
    seed: int
    candidates: int
    """Candidates that were tried."""
    trained: int
    """Candidates that were trained."""
    points: int
    """Points that were looked at."""


@dataclass(frozen=True)
class Minimum:
    """A minimum that a search found."""

    coefficients: dict[str, float]
    loss: float


@dataclass(frozen=True)
class CurveCounts:
    """The number of curves of a fit, and how many of them have succeeded and failed so far."""

    total: int
    succeeded: int
    failed: int

    @property
    def ended(self) -> int:
        """Return how many curves have ended."""
        return self.succeeded + self.failed


@dataclass(frozen=True)
class StoredResult:
    """The result of a training; `from_json` reads what any version wrote into the table.

    With many curves, `coefficients` and `statistics` are of the parameters that the curves share; what belongs to a
    single curve stands in another table.
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
    """The test by which the training has converged."""
    nfev: int | None = None
    """Evaluations of the model so far."""
    selection: Selection | None = None
    threshold: float | None = None
    """Threshold of a robust loss."""
    execution: Execution | None = None
    statistics: Statistics | None = None
    curves: CurveCounts | None = None
    search: StartSearch | None = None
    minima: list[Minimum] | None = None
    """The best distinct minima that a search found, best first; that of the result is among them."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], stored_request: Mapping[str, Any]) -> "StoredResult":
        """Return the result of a request that some version wrote."""
        result = upcast.result(stored, stored_request)
        return cls(
            **{
                **{field.name: result[field.name] for field in fields(cls)},
                "timings": Timings(**result["timings"]),
                "selection": _read(Selection, result["selection"]),
                "execution": _read(Execution, result["execution"]),
                "statistics": _read(Statistics, result["statistics"]),
                "curves": _read(CurveCounts, result["curves"]),
                "search": _read(StartSearch, result["search"]),
                "minima": None if result["minima"] is None else [_read(Minimum, m) for m in result["minima"]],
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON for the table; it shares its lists with the result."""
        # `asdict` copies every number of every list, which takes longer than many a training.
        parts = {name: dict(vars(part)) for name, part in vars(self).items() if is_dataclass(part)}
        minima = None if self.minima is None else [dict(vars(minimum)) for minimum in self.minima]
        return {**vars(self), **parts, "minima": minima}


def _read(kind: type[Any], stored: Mapping[str, Any] | None) -> Any:
    if stored is None:
        return None
    return kind(**{field.name: stored[field.name] for field in fields(kind) if field.name in stored})

"""The fit that a well-formed request asks for: defaults filled in, and checked where a schema can't."""

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from app.fitting.formulas.formula import parse
from app.fitting.optimizers import OPTIMIZERS, automatic
from app.fitting.optimizers.base import Optimizer, Task
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.jobs.data.columns import StoredData, to_stored
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.fit.stored import StoredFit
from app.jobs.submission.checks import (
    task_of,
    wrong_automatic_degree,
    wrong_counts,
    wrong_device,
    wrong_optimizer,
    wrong_parameters,
    wrong_shared,
    wrong_steps,
)
from app.jobs.submission.expected_memory import wrong_memory
from app.jobs.submission.expected_work import expected_seconds
from app.jobs.submission.misreadings import misreadings
from app.jobs.submission.models import bounds_of, domain_warnings, formula_of, settled, wrong_domain
from app.jobs.submission.parameters import Wanted, wanted_parameters
from app.jobs.submission.targets import curves_of, first_variable, target_warnings, variables_of, wrong_target
from app.schemas.hyperparameters import SCHEMAS, AutomaticOptimizer, Hyperparameters
from app.schemas.request import TUTORIAL_MODEL, FitRequest
from app.schemas.target import DataTarget, FunctionTarget
from app.settings import Settings


@dataclass(frozen=True)
class Submission:
    """A fit ready to be stored."""

    fit: StoredFit
    arrays: dict[str, "array[float]"]
    """Measured data, by field and name."""
    metadata: dict[str, str]
    expected_seconds: float | None = None
    """Seconds of work that it will roughly take; None where nobody knows."""
    webhook: str | None = None
    """Name of the webhook of its caller that is told of its end."""

    @property
    def in_blocks(self) -> bool:
        """Tell whether its data are kept in blocks."""
        return isinstance(self.fit.target, StoredData) and self.fit.target.in_blocks

    @property
    def labels(self) -> list[str] | None:
        """Return the labels of its curves."""
        return self.fit.target.labels if isinstance(self.fit.target, StoredData) else None

    @property
    def size(self) -> int:
        """Return how many bytes its numbers take."""
        return sum(values.itemsize * len(values) for values in self.arrays.values())

    def to_json(self) -> dict[str, Any]:
        """Return the fit as JSON for the table, without what is kept in blocks."""
        request = self.fit.to_json()
        if self.in_blocks:
            request["target"]["labels"] = None
        return request


def resolve(request: FitRequest, settings: Settings, devices: Collection[str]) -> Submission:
    """Return the fit of a request, with everything filled in that it left open.

    Raises InvalidRequestError with every field that can't be carried out.
    """
    target, arrays = (request.target, {}) if isinstance(request.target, FunctionTarget) else to_stored(request.target)
    _raise_if_any(
        wrong_device(request, devices),
        wrong_steps(request, settings),
        wrong_target(target, arrays, request.dtype, settings),
    )
    variables, curves = variables_of(request.target), curves_of(request.target)
    x = first_variable(request.target)
    request = request.model_copy(update={"model": settled(request.model, x)})
    response = request.target.response if isinstance(request.target, DataTarget) else None
    formula = formula_of(request.model, variables, x, response)
    parsed = None if formula is None else parse(formula, variables)
    bounds = bounds_of(request.model, variables)
    wanted = Wanted({}, is_linear=True) if parsed is None else wanted_parameters(request, parsed, bounds)
    task = task_of(request, wanted.parameters, wanted.is_linear)
    optimizer = _optimizer(request, task)
    parameters = wanted.started(request, optimizer)
    _raise_if_any(
        wrong_automatic_degree(request, curves)
        if parsed is None
        else wrong_parameters(request, parsed.parameters, parameters),
        wrong_domain(request.model, x),
        misreadings(request, variables),
        wrong_counts(request),
        wrong_optimizer(request, task),
        wrong_shared(parameters, curves),
    )
    fit = StoredFit(
        target=target,
        model=request.model,
        formula=formula,
        parameters=parameters,
        hyperparameters=_hyperparameters(request, optimizer),
        loss=request.loss.resolved(),
        confidence=request.confidence,
        seed=request.seed,
        device=request.device,
        dtype=request.dtype,
        warnings=[
            *wanted.warnings(request, optimizer),
            *domain_warnings(request.model, x),
            *(target_warnings(request.target) if isinstance(request.target, DataTarget) else ()),
        ],
    )
    _raise_if_any(wrong_memory(fit, settings))
    return Submission(fit, arrays, request.metadata, expected_seconds(fit), request.webhook)


def _raise_if_any(*groups: Iterable[WrongField]) -> None:
    wrong = [field for group in groups for field in group]
    if wrong:
        raise InvalidRequestError(wrong)


def _optimizer(request: FitRequest, task: Task) -> type[Optimizer]:
    chosen = request.hyperparameters
    if not isinstance(chosen, AutomaticOptimizer):
        return OPTIMIZERS[chosen.optimizer]
    return GradientDescent if _is_tutorial(request) else automatic(task)


def _hyperparameters(request: FitRequest, optimizer: type[Optimizer]) -> Hyperparameters:
    chosen = request.hyperparameters
    if not isinstance(chosen, AutomaticOptimizer):
        return chosen
    steps = {} if optimizer.solves_directly else {"steps": chosen.steps}
    return SCHEMAS[optimizer.name](optimizer=optimizer.name, max_seconds=chosen.max_seconds, **steps)


def _is_tutorial(request: FitRequest) -> bool:
    return request.model == TUTORIAL_MODEL and request.target == FunctionTarget() and request.loss.name == "squares"

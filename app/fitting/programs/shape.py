"""The shape of a training: all that its programs are made for. Everything else is their input."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import torch

from app.fitting.curves.compression import CompressedCurves
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.programs import CurveObjective
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem

_FORMAT = 4
"""Version of the inputs of programs; it is to be raised when they change."""
_FEWEST_POINTS = 2
"""Fewest points that a program takes; one for a single point could not take any other number."""
_MOST_COLUMNS = 12
"""Most parameters for which systems of equations are written out into a program of bearable length."""


@dataclass(frozen=True)
class Shape:
    """All of a training that decides its programs: equal shapes have equal programs."""

    formula: str
    variables: tuple[str, ...]
    free: tuple[str, ...]
    fixed: tuple[str, ...]
    tied: tuple[tuple[str, str], ...]
    bounded: bool
    nodes: int
    """Number of nodes of a compressed problem; 0 where the problem has all points."""
    weighted: bool
    loss: str
    """Name of the loss."""
    optimizer: str
    """Name of the optimizer."""
    structure: tuple[tuple[str, int], ...]
    """The part of the hyperparameters that decides the computation of a step, as `structure_of` gives it."""
    dtype: str
    device: str
    shared: tuple[str, ...] = ()
    """Names of the inputs that are the same for all fits."""
    sigma_is_absolute: bool = False
    """Whether sigma is absolute, if standard errors are worked out too."""
    alone: bool = False
    """Whether the programs are for one fit at a time, and not for any number of fits side by side."""

    @property
    def key(self) -> str:
        """Return the name of its programs, one for each shape, version of PyTorch and kind of processor."""
        parts = [_FORMAT, torch.__version__, _machine(self.device), asdict(self)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """Return the shape as text for the process that compiles it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Shape":
        """Return the shape that `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields |= {name: tuple(fields[name]) for name in ("variables", "free", "fixed", "shared")}
        pairs = {name: tuple((key, value) for key, value in fields[name]) for name in ("tied", "structure")}
        return cls(**fields | pairs)


def structure_of(optimizer: Optimizer) -> tuple[tuple[str, int], ...]:
    """Return by name whether each float hyperparameter is not 0, and the value of each other one.

    A float that is not 0 is an input of the programs. One that is 0, such as a momentum, leaves a part of a step out.
    """
    values = {setting: getattr(optimizer, setting.name) for setting in optimizer.hyperparameters()}
    return tuple(
        (setting.name, bool(value) if isinstance(setting.default, float) else value)
        for setting, value in values.items()
    )


def shape_of(objective: Objective, optimizer: Optimizer) -> Shape | None:
    """Return the shape of the training of one fit; None where there are no programs for it."""
    if isinstance(objective, Problem) and len(objective.data.y) >= _FEWEST_POINTS:
        return _shape(objective, optimizer, objective.data.variables, objective.data.factor is not None, 0)
    if isinstance(objective, CompressedProblem) and not isinstance(optimizer, LevenbergMarquardt):
        problem = objective.problem
        return _shape(problem, optimizer, problem.data.variables, False, len(objective.nodes))
    return None


def shape_of_curves(objective: CurveObjective, optimizer: Optimizer) -> Shape | None:
    """Return the shape of the training of many curves; None where there are no programs for it."""
    problem = objective.at_nodes if isinstance(objective, CompressedCurves) else objective
    shared = [*(setting.name for setting in optimizer.hyperparameters()), "fixed", "lower", "upper"]
    tensors = {f"x.{name}": variable for name, variable in problem.variables.items()}
    if problem.factor is not None:
        tensors["factor"] = problem.factor
    nodes = 0
    if isinstance(objective, CompressedCurves):
        nodes = len(problem.y)
        tensors |= {"nodes": tensors.popitem()[1], "matrix": objective.matrix}
    shared += [name for name, tensor in tensors.items() if tensor.shape[-1] == 1]
    return _shape(problem, optimizer, problem.variables, problem.factor is not None, nodes, shared)


def _shape(
    problem: Problem | CurveProblem,
    optimizer: Optimizer,
    variables: Collection[str],
    weighted: bool,
    nodes: int,
    shared: Collection[str] | None = None,
) -> Shape | None:
    parameters = problem.parameters
    solves = isinstance(optimizer, LevenbergMarquardt)
    if not (solves or optimizer.elementwise):
        return None
    if solves and len(parameters.free) > _MOST_COLUMNS:
        return None
    return Shape(
        formula=problem.formula.text,
        variables=tuple(variables),
        free=parameters.free,
        fixed=tuple(parameters.fixed),
        tied=tuple((name, tie.text) for name, tie in parameters.tied.items()),
        bounded=bool(parameters.lower or parameters.upper),
        nodes=nodes,
        weighted=weighted,
        loss=problem.loss_function.name,
        optimizer=optimizer.name,
        structure=structure_of(optimizer),
        dtype=str(problem.start.dtype).removeprefix("torch."),
        device=problem.start.device.type,
        shared=tuple(shared or ()),
        sigma_is_absolute=solves and isinstance(problem, CurveProblem) and problem.sigma_is_absolute,
        alone=solves and isinstance(problem, Problem),
    )


@cache
def _machine(device: str) -> list[str]:
    """Return the capabilities of the processor, as a program has only instructions of the one that compiled it."""
    if device != "cpu":
        return [torch.cuda.get_device_name(device)]
    return [name for name, has in torch.cpu.get_capabilities().items() if has is True]

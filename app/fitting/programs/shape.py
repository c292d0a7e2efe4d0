"""What compiled code is made for. Everything else is its input."""

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
"""To be raised when the inputs of compiled code change."""
_FEWEST_POINTS = 2
"""Code for one point would be code for one only."""
_MOST_COLUMNS = 12
"""Parameters up to which systems of equations are unrolled into code of a bearable length."""


@dataclass(frozen=True)
class Shape:
    """Equal shapes have equal code."""

    formula: str
    variables: tuple[str, ...]
    free: tuple[str, ...]
    fixed: tuple[str, ...]
    tied: tuple[tuple[str, str], ...]
    bounded: bool
    nodes: int
    """Of a compressed problem; 0: all points."""
    weighted: bool
    loss: str
    """Its name."""
    optimizer: str
    """Its name."""
    structure: tuple[tuple[str, int], ...]
    """What of its hyperparameters decides which code a step is: `structure_of`."""
    dtype: str
    device: str
    shared: tuple[str, ...] = ()
    """Inputs that are the same for all fits."""
    sigma_is_absolute: bool = False
    """Where standard errors are worked out too."""
    alone: bool = False
    """Whether it is code for one fit at a time, and not for any number of fits side by side."""

    @property
    def key(self) -> str:
        """Name of its code: the same for the same shape, version of PyTorch and kind of processor."""
        told = [_FORMAT, torch.__version__, _machine(self.device), asdict(self)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """For the process that compiles it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Shape":
        """As it was written."""
        fields: dict[str, Any] = json.loads(text)
        fields |= {name: tuple(fields[name]) for name in ("variables", "free", "fixed", "shared")}
        pairs = {name: tuple((key, value) for key, value in fields[name]) for name in ("tied", "structure")}
        return cls(**fields | pairs)


def structure_of(optimizer: Optimizer) -> tuple[tuple[str, int], ...]:
    """Return the hyperparameters by name: of a number that is not whole whether it is 0, of another its value.

    Code takes what is not 0 as an input. What is 0 leaves something out, as a momentum does.
    """
    values = {setting: getattr(optimizer, setting.name) for setting in optimizer.hyperparameters()}
    return tuple(
        (setting.name, bool(value) if isinstance(setting.default, float) else value)
        for setting, value in values.items()
    )


def shape_of(objective: Objective, optimizer: Optimizer) -> Shape | None:
    """The shape of the training of one fit; None where there is no compiled code for it."""
    if isinstance(objective, Problem) and len(objective.data.y) >= _FEWEST_POINTS:
        return _shape(objective, optimizer, objective.data.variables, objective.data.factor is not None, 0)
    if isinstance(objective, CompressedProblem) and not isinstance(optimizer, LevenbergMarquardt):
        problem = objective.problem
        return _shape(problem, optimizer, problem.data.variables, False, len(objective.nodes))
    return None


def shape_of_curves(objective: CurveObjective, optimizer: Optimizer) -> Shape | None:
    """The shape of the training of many curves; None where there is no compiled code for it."""
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
    """Code is made for just the instructions of the processor that compiles it."""
    if device != "cpu":
        return [torch.cuda.get_device_name(device)]
    return [name for name, there in torch.cpu.get_capabilities().items() if there is True]

"""The shape of a training, for which code is compiled. Everything else is an input of that code."""

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
from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.losses import Loss, Poisson, Robust, SumOfSquares
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem

_FORMAT = 3
"""Version of the code's inputs; it is raised when they change."""
_FEWEST_POINTS = 2
"""Fewest points for which code is compiled: code for one point could not take any other number."""
_MOST_COLUMNS = 12
"""Most parameters for which systems of equations are unrolled: the code keeps a bearable length."""


@dataclass(frozen=True)
class Shape:
    """All that the code of a training depends on: equal shapes have equal code."""

    formula: str
    variables: tuple[str, ...]
    free: tuple[str, ...]
    fixed: tuple[str, ...]
    tied: tuple[tuple[str, str], ...]
    bounded: bool
    nodes: int
    """Number of nodes of a compressed problem; 0 for a problem over all points."""
    weighted: bool
    loss: str
    """The loss: `squares`, `poisson`, or the name of a robust loss."""
    optimizer: str
    """The optimizer: `gradient_descent`, `adam` or `levenberg_marquardt`."""
    momentum: bool
    nesterov: bool
    dtype: str
    device: str
    shared: tuple[str, ...] = ()
    """Names of the inputs that are the same for all fits."""
    sigma_is_absolute: bool = False
    """Whether sigma is absolute; it matters only where standard errors are worked out too."""
    alone: bool = False
    """Whether it is code for one fit at a time, and not for any number of fits side by side."""

    @property
    def key(self) -> str:
        """Return the name of its code: the same for the same shape, version of PyTorch and kind of processor."""
        identity = [_FORMAT, torch.__version__, _machine(self.device), asdict(self)]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """Return the shape as text, for the process that compiles it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Shape":
        """Return the shape that `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields |= {name: tuple(fields[name]) for name in ("variables", "free", "fixed", "shared")}
        return cls(**{**fields, "tied": tuple((name, tie) for name, tie in fields["tied"])})


def shape_of(objective: Objective, optimizer: Optimizer) -> Shape | None:
    """Return the shape of the training of one fit; None where there is no compiled code for it."""
    if isinstance(objective, Problem) and len(objective.data.y) >= _FEWEST_POINTS:
        return _shape(objective, optimizer, objective.data.variables, objective.data.factor is not None, 0)
    if isinstance(objective, CompressedProblem) and not isinstance(optimizer, LevenbergMarquardt):
        problem = objective.problem
        return _shape(problem, optimizer, problem.data.variables, False, len(objective.nodes))
    return None


def shape_of_curves(objective: CurveObjective, optimizer: Optimizer) -> Shape | None:
    """Return the shape of the training of many curves; None where there is no compiled code for it."""
    problem = objective.at_nodes if isinstance(objective, CompressedCurves) else objective
    shared = ["learning_rate", "momentum", "beta1", "beta2", "epsilon", "fixed", "lower", "upper"]
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
    parameters, loss = problem.parameters, _loss_name(problem.loss_function)
    solves = isinstance(optimizer, LevenbergMarquardt)
    if loss is None or not (solves or isinstance(optimizer, GradientDescent | Adam)):
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
        loss=loss,
        optimizer=_NAMES[type(optimizer)],
        momentum=bool(getattr(optimizer, "momentum", 0.0)),
        nesterov=getattr(optimizer, "nesterov", False),
        dtype=str(problem.start.dtype).removeprefix("torch."),
        device=problem.start.device.type,
        shared=tuple(shared or ()),
        sigma_is_absolute=solves and isinstance(problem, CurveProblem) and problem.sigma_is_absolute,
        alone=solves and isinstance(problem, Problem),
    )


@cache
def _machine(device: str) -> list[str]:
    """Return what the code depends on in a machine: the instructions of its processor, or the name of its GPU."""
    if device != "cpu":
        return [torch.cuda.get_device_name(device)]
    return [name for name, there in torch.cpu.get_capabilities().items() if there is True]


_NAMES: dict[type, str] = {
    GradientDescent: "gradient_descent",
    Adam: "adam",
    LevenbergMarquardt: "levenberg_marquardt",
}


def _loss_name(loss: Loss) -> str | None:
    if isinstance(loss, SumOfSquares):
        return "squares"
    if isinstance(loss, Poisson):
        return "poisson"
    return loss.name if isinstance(loss, Robust) else None

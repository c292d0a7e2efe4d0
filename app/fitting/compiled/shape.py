"""What a compiled loop is made for. Everything else is its input."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import torch

from app.fitting.compression import CompressedProblem
from app.fitting.losses import Poisson, Robust, SumOfSquares
from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Objective, Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.problem import Problem

_FORMAT = 1
"""To be raised when the inputs of a loop change."""


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
    """`squares`, `poisson`, or the name of a robust loss."""
    optimizer: str
    """`gradient_descent` or `adam`."""
    momentum: bool
    nesterov: bool
    dtype: str
    device: str

    @property
    def key(self) -> str:
        """Name of its code: the same for the same shape, version of PyTorch and kind of processor."""
        machine = torch.backends.cpu.get_cpu_capability() if self.device == "cpu" else self.device
        told = [_FORMAT, torch.__version__, machine, asdict(self)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    def to_json(self) -> str:
        """For the process that compiles it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Shape":
        """As it was written."""
        fields: dict[str, Any] = json.loads(text)
        fields |= {name: tuple(fields[name]) for name in ("variables", "free", "fixed")}
        return cls(**{**fields, "tied": tuple((name, tie) for name, tie in fields["tied"])})


def shape_of(objective: Objective, optimizer: Optimizer) -> Shape | None:
    """The shape of a training; None where there is no compiled loop for it."""
    if not isinstance(objective, Problem | CompressedProblem) or not isinstance(optimizer, GradientDescent | Adam):
        return None
    compressed = isinstance(objective, CompressedProblem)
    problem = objective.problem if isinstance(objective, CompressedProblem) else objective
    loss = _loss_name(problem)
    if loss is None:
        return None
    parameters, momentum = problem.parameters, getattr(optimizer, "momentum", 0.0)
    return Shape(
        formula=problem.formula.text,
        variables=tuple(problem.data.variables),
        free=parameters.free,
        fixed=tuple(parameters.fixed),
        tied=tuple((name, tie.text) for name, tie in parameters.tied.items()),
        bounded=bool(parameters.lower or parameters.upper),
        nodes=len(objective.nodes) if isinstance(objective, CompressedProblem) else 0,
        weighted=problem.data.factor is not None and not compressed,
        loss=loss,
        optimizer="adam" if isinstance(optimizer, Adam) else "gradient_descent",
        momentum=bool(momentum),
        nesterov=getattr(optimizer, "nesterov", False),
        dtype=str(problem.data.y.dtype).removeprefix("torch."),
        device=problem.data.y.device.type,
    )


def _loss_name(problem: Problem) -> str | None:
    loss = problem.loss_function
    if isinstance(loss, SumOfSquares):
        return "squares"
    if isinstance(loss, Poisson):
        return "poisson"
    return loss.name if isinstance(loss, Robust) else None

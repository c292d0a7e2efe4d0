"""The tensors that a compiled loop takes, in its order: numbers of the optimizer and of the problem, and the data.

The last axis of each is that of the fits that train side by side, so that they fill the processor's vectors.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.compiled.shape import Shape
from app.fitting.compression import CompressedProblem
from app.fitting.losses import Robust
from app.fitting.optimizers.base import Objective, Optimizer
from app.fitting.problem import Problem

FITS, POINTS = "fits", "points"
"""Axes of which a loop takes any length."""

Axes = tuple[str | int, ...]

HYPERPARAMETERS = {
    "gradient_descent": ("learning_rate", "momentum"),
    "adam": ("learning_rate", "beta1", "beta2", "epsilon"),
}
STATES = {"gradient_descent": ("velocity",), "adam": ("mean", "square", "count")}


@dataclass(frozen=True)
class Input:
    """One tensor."""

    name: str
    axes: Axes
    dtype: torch.dtype


def state_inputs(shape: Shape) -> list[Input]:
    """What the optimizer remembers."""
    if shape.optimizer == "gradient_descent" and not shape.momentum:
        return []
    free, dtype = len(shape.free), getattr(torch, shape.dtype)
    return [
        Input(name, (FITS,) if name == "count" else (free, FITS), torch.float64 if name == "count" else dtype)
        for name in STATES[shape.optimizer]
    ]


def number_inputs(shape: Shape) -> list[Input]:
    """What does not change from step to step."""
    dtype: torch.dtype = getattr(torch, shape.dtype)
    free, fixed, nodes = len(shape.free), len(shape.fixed), shape.nodes
    found: list[tuple[str, Axes]] = [(name, (FITS,)) for name in HYPERPARAMETERS[shape.optimizer]]
    if fixed:
        found.append(("fixed", (fixed, FITS)))
    if shape.bounded:
        found += [("lower", (free, FITS)), ("upper", (free, FITS))]
    if nodes:
        found += [
            ("nodes", (nodes, FITS)),
            ("matrix", (nodes, nodes, FITS)),
            ("target", (nodes, FITS)),
            ("floor", (FITS,)),
        ]
    else:
        found += [(f"x.{name}", (POINTS, FITS)) for name in shape.variables]
        found.append(("y", (POINTS, FITS)))
    if shape.weighted:
        found.append(("factor", (POINTS, FITS)))
    if shape.loss not in ("squares", "poisson"):
        found.append(("threshold", (FITS,)))
    return [Input(name, axes, dtype) for name, axes in found]


def numbers_of(shape: Shape, objective: Objective, optimizer: Optimizer) -> dict[str, Tensor]:
    """The numbers of one training, without the axis of the fits."""
    problem = objective.problem if isinstance(objective, CompressedProblem) else objective
    assert isinstance(problem, Problem)  # noqa: S101
    like = problem.start
    found = {name: like.new_tensor(getattr(optimizer, name)) for name in HYPERPARAMETERS[shape.optimizer]}
    if shape.fixed:
        found["fixed"] = like.new_tensor([problem.parameters.fixed[name] for name in shape.fixed])
    if shape.bounded:
        found["lower"], found["upper"] = problem.bounds
    if isinstance(objective, CompressedProblem):
        found |= {name: getattr(objective, name) for name in ("nodes", "matrix", "target", "floor")}
    else:
        found |= {f"x.{name}": variable for name, variable in problem.data.variables.items()} | {"y": problem.data.y}
    if problem.data.factor is not None and shape.weighted:
        found["factor"] = problem.data.factor
    if isinstance(problem.loss_function, Robust):
        found["threshold"] = torch.as_tensor(problem.loss_function.threshold, dtype=torch.float64).to(like)
    return found

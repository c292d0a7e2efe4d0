"""The tensors that compiled code takes, in its order: numbers of the optimizer and of the problem, and the data.

The last axis of each is that of the fits that train side by side, so that they fill the processor's vectors; for a
single fit by Levenberg-Marquardt it is that of the points.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.compression import CompressedCurves
from app.fitting.curves.programs import CurveObjective
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.losses import Loss, Robust
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.shape import Shape

FITS, POINTS = "fits", "points"
"""Names of the axes that may have any length."""

STEPS_A_TURN = 4
"""Steps that one turn of a loop takes: a turn costs about a microsecond, whatever it does; more do not fuse so well."""

Axes = tuple[str | int, ...]
"""The axes of a tensor: a known length, or the name of an axis of any length."""

HYPERPARAMETERS = {
    "gradient_descent": ("learning_rate", "momentum"),
    "adam": ("learning_rate", "beta1", "beta2", "epsilon"),
    "levenberg_marquardt": (),
}
"""Hyperparameters of each optimizer that are inputs of its code."""


@dataclass(frozen=True)
class Input:
    """The specification of one tensor that compiled code takes."""

    name: str
    axes: Axes
    dtype: torch.dtype

    @property
    def known(self) -> tuple[int, ...]:
        """Return the lengths of the axes whose lengths are known."""
        return tuple(axis for axis in self.axes if isinstance(axis, int))

    @property
    def long(self) -> int | None:
        """Return the axis that may have any length, if there is just one."""
        long = [index for index, axis in enumerate(self.axes) if isinstance(axis, str)]
        return long[0] if len(long) == 1 else None


def state_inputs(shape: Shape) -> list[Input]:
    """Return the inputs that change from step to step: the parameters, and what the optimizer remembers."""
    side_by_side: Axes = () if shape.alone else (FITS,)
    free, dtype = (len(shape.free), *side_by_side), getattr(torch, shape.dtype)
    vector = [Input("parameters", free, dtype)]
    match shape.optimizer:
        case "adam":
            return [
                *vector,
                *(Input(name, free, dtype) for name in ("mean", "square")),
                Input("count", side_by_side, torch.float64),
            ]
        case "gradient_descent":
            return [*vector, Input("velocity", free, dtype)] if shape.momentum else vector
        case _:
            numbers = [Input(name, side_by_side, dtype) for name in ("loss", "damping", "growth")]
            counts = [Input(name, side_by_side, torch.int64) for name in ("steps", "most_steps", "ended")]
            return [*vector, numbers[0], Input("scale", free, dtype), *numbers[1:], *counts]


def number_inputs(shape: Shape) -> list[Input]:
    """Return the inputs that do not change from step to step."""
    dtype: torch.dtype = getattr(torch, shape.dtype)
    free, fixed, nodes = len(shape.free), len(shape.fixed), shape.nodes
    named_axes: list[tuple[str, Axes]] = [(name, ()) for name in HYPERPARAMETERS[shape.optimizer]]
    if fixed:
        named_axes.append(("fixed", (fixed,)))
    if shape.bounded:
        named_axes += [("lower", (free,)), ("upper", (free,))]
    if nodes:
        named_axes += [("nodes", (nodes,)), ("matrix", (nodes, nodes)), ("target", (nodes,)), ("floor", ())]
    else:
        named_axes += [*((f"x.{name}", (POINTS,)) for name in shape.variables), ("y", (POINTS,))]
    if shape.weighted:
        named_axes.append(("factor", (POINTS,)))
    if shape.loss not in ("squares", "poisson"):
        named_axes.append(("threshold", ()))
    if shape.alone:
        return [Input(name, axes, dtype) for name, axes in named_axes]
    inputs = [Input(name, (*axes, 1 if name in shape.shared else FITS), dtype) for name, axes in named_axes]
    return inputs if shape.optimizer in DESCENTS else [*inputs, Input("counts", (FITS,), torch.int64)]


DESCENTS = ("gradient_descent", "adam")
"""Optimizers that take many steps in one call of a program."""


def numbers_of(shape: Shape, objective: Objective, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return the numbers of one training by name, without the axis of the fits."""
    problem = objective.problem if isinstance(objective, CompressedProblem) else objective
    assert isinstance(problem, Problem)  # noqa: S101
    numbers = _requested(shape, problem.parameters, optimizer, problem.start)
    if isinstance(objective, CompressedProblem):
        numbers |= {name: getattr(objective, name) for name in ("nodes", "matrix", "target", "floor")}
    else:
        numbers |= {f"x.{name}": variable for name, variable in problem.data.variables.items()} | {"y": problem.data.y}
    if problem.data.factor is not None and shape.weighted:
        numbers["factor"] = problem.data.factor
    return numbers | _threshold(problem.loss_function, problem.start)


def numbers_of_curves(shape: Shape, objective: CurveObjective, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return the numbers of many curves by name, with an axis of length 1 where all curves share them."""
    problem = objective.at_nodes if isinstance(objective, CompressedCurves) else objective
    requested = _requested(shape, problem.parameters, optimizer, problem.start)
    numbers = {name: tensor[..., None] for name, tensor in requested.items()}
    if isinstance(objective, CompressedCurves):
        (nodes,) = problem.variables.values()
        numbers |= {"nodes": nodes, "matrix": objective.matrix, "target": problem.y, "floor": objective.floor}
    else:
        numbers |= {f"x.{name}": variable for name, variable in problem.variables.items()} | {"y": problem.y}
    if problem.factor is not None:
        numbers["factor"] = problem.factor
    threshold = _threshold(problem.loss_function, problem.start)
    numbers |= {name: tensor.expand(problem.curves) for name, tensor in threshold.items()}
    return {name: tensor.contiguous() for name, tensor in numbers.items()} | {"counts": problem.counts}


def _requested(shape: Shape, parameters: Parameters, optimizer: Optimizer, like: Tensor) -> dict[str, Tensor]:
    """Return the numbers of the request by name: hyperparameters, fixed parameters and bounds."""
    numbers = {name: like.new_tensor(getattr(optimizer, name)) for name in HYPERPARAMETERS[shape.optimizer]}
    if shape.fixed:
        numbers["fixed"] = like.new_tensor([parameters.fixed[name] for name in shape.fixed])
    if shape.bounded:
        numbers["lower"], numbers["upper"] = parameters.bounds(like)
    return numbers


def _threshold(loss: Loss, like: Tensor) -> dict[str, Tensor]:
    if not isinstance(loss, Robust):
        return {}
    return {"threshold": torch.as_tensor(loss.threshold, dtype=torch.float64).to(like)}

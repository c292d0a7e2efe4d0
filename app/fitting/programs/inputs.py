"""The inputs of programs, in their order: numbers of the optimizer and of the problem, and the data.

The last axis of each is that of the fits that train side by side, so that they fill the processor's vectors. For a
single fit by Levenberg-Marquardt it is that of the points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves.compression import CompressedCurves
from app.fitting.curves.programs import CurveObjective
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import OPTIMIZERS, make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.losses import Loss, Robust, needs_threshold
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.shape import Shape

FITS, POINTS = "fits", "points"
"""Axes that may have any length."""

STEPS_A_TURN = 4
"""Steps that one turn of a loop takes: each turn costs an extra microsecond, and more steps do not fuse so well."""

Axes = tuple[str | int, ...]
"""Axes of a tensor: FITS or POINTS, or the length of an axis of known length."""


@dataclass(frozen=True)
class Input:
    """An input of a program: name, axes and dtype of a tensor."""

    name: str
    axes: Axes
    dtype: torch.dtype

    @property
    def known(self) -> tuple[int, ...]:
        """Return the lengths of the axes of known lengths."""
        return tuple(axis for axis in self.axes if isinstance(axis, int))

    @property
    def long(self) -> int | None:
        """Return the number of the axis of any length; None if there is not just one."""
        long = [index for index, axis in enumerate(self.axes) if isinstance(axis, str)]
        return long[0] if len(long) == 1 else None


def is_descent(shape: Shape) -> bool:
    """Tell whether the shape has one program that takes many steps of an elementwise optimizer."""
    return OPTIMIZERS[shape.optimizer].elementwise


def hyperparameter_inputs(shape: Shape) -> list[str]:
    """Return the names of the hyperparameters that are inputs: numbers that are not whole, and not 0."""
    settings = OPTIMIZERS[shape.optimizer].hyperparameters()
    chosen = dict(shape.structure)
    return [setting.name for setting in settings if isinstance(setting.default, float) and chosen[setting.name]]


def optimizer_of(shape: Shape, numbers: Mapping[str, Tensor]) -> Optimizer:
    """Return the optimizer of a shape; hyperparameters that are inputs are taken from `numbers`."""
    inputs, defaults = hyperparameter_inputs(shape), OPTIMIZERS[shape.optimizer].hyperparameters()
    types = {setting.name: type(setting.default) for setting in defaults}
    chosen: dict[str, Any] = {
        name: numbers[name] if name in inputs else types[name](value) for name, value in shape.structure
    }
    return make_optimizer(shape.optimizer, **chosen)


def state_inputs(shape: Shape) -> list[Input]:
    """Return the inputs that change from step to step: the parameters, and the state of the optimizer."""
    side_by_side: Axes = () if shape.alone else (FITS,)
    free, dtype = (len(shape.free), *side_by_side), getattr(torch, shape.dtype)
    vector = [Input("parameters", free, dtype)]
    if is_descent(shape):
        ones = {name: torch.ones(()) for name in hyperparameter_inputs(shape)}
        example = torch.zeros(len(shape.free), 2, dtype=dtype)
        remembered = optimizer_of(shape, ones).init(example)
        axes: dict[int, Axes] = {example.ndim: free}
        return vector + [
            Input(name, axes.get(part.ndim, side_by_side), part.dtype) for name, part in remembered.items()
        ]
    numbers = [Input(name, side_by_side, dtype) for name in ("loss", "damping", "growth")]
    counts = [Input(name, side_by_side, torch.int64) for name in ("steps", "most_steps", "ended")]
    return [*vector, numbers[0], Input("scale", free, dtype), *numbers[1:], *counts]


def number_inputs(shape: Shape) -> list[Input]:
    """Return the inputs that do not change from step to step."""
    dtype: torch.dtype = getattr(torch, shape.dtype)
    free, fixed, nodes = len(shape.free), len(shape.fixed), shape.nodes
    specs: list[tuple[str, Axes]] = [(name, ()) for name in hyperparameter_inputs(shape)]
    if fixed:
        specs.append(("fixed", (fixed,)))
    if shape.bounded:
        specs += [("lower", (free,)), ("upper", (free,))]
    if nodes:
        specs += [("nodes", (nodes,)), ("matrix", (nodes, nodes)), ("target", (nodes,)), ("floor", ())]
    else:
        specs += [*((f"x.{name}", (POINTS,)) for name in shape.variables), ("y", (POINTS,))]
    if shape.weighted:
        specs.append(("factor", (POINTS,)))
    if needs_threshold(shape.loss):
        specs.append(("threshold", ()))
    if shape.alone:
        return [Input(name, axes, dtype) for name, axes in specs]
    inputs = [Input(name, (*axes, 1 if name in shape.shared else FITS), dtype) for name, axes in specs]
    return inputs if is_descent(shape) else [*inputs, Input("counts", (FITS,), torch.int64)]


def numbers_of(shape: Shape, objective: Objective, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return the inputs of one training that do not change, by name, without the axis of the fits."""
    problem = objective.problem if isinstance(objective, CompressedProblem) else objective
    assert isinstance(problem, Problem)  # noqa: S101
    numbers = _settings(shape, problem.parameters, optimizer, problem.start)
    if isinstance(objective, CompressedProblem):
        numbers |= {name: getattr(objective, name) for name in ("nodes", "matrix", "target", "floor")}
    else:
        numbers |= {f"x.{name}": variable for name, variable in problem.data.variables.items()} | {"y": problem.data.y}
    if problem.data.factor is not None and shape.weighted:
        numbers["factor"] = problem.data.factor
    return numbers | _threshold(problem.loss_function, problem.start)


def numbers_of_curves(shape: Shape, objective: CurveObjective, optimizer: Optimizer) -> dict[str, Tensor]:
    """Return the inputs of many curves that do not change, by name, with an axis of length 1 where all share them."""
    problem = objective.at_nodes if isinstance(objective, CompressedCurves) else objective
    settings = _settings(shape, problem.parameters, optimizer, problem.start)
    numbers = {name: tensor[..., None] for name, tensor in settings.items()}
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


def _settings(shape: Shape, parameters: Parameters, optimizer: Optimizer, like: Tensor) -> dict[str, Tensor]:
    """Return hyperparameters, fixed values and bounds by name, as tensors with dtype and device of `like`."""
    settings = {name: like.new_tensor(getattr(optimizer, name)) for name in hyperparameter_inputs(shape)}
    if shape.fixed:
        settings["fixed"] = like.new_tensor([parameters.fixed[name] for name in shape.fixed])
    if shape.bounded:
        settings["lower"], settings["upper"] = parameters.bounds(like)
    return settings


def _threshold(loss: Loss, like: Tensor) -> dict[str, Tensor]:
    if not isinstance(loss, Robust):
        return {}
    return {"threshold": torch.as_tensor(loss.threshold, dtype=torch.float64).to(like)}

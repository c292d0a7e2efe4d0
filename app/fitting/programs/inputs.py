"""The tensors that compiled code takes, in its order: numbers of the optimizer and of the problem, and the data.

The last axis of each is that of the fits that train side by side, so that they fill the processor's vectors; of a
single fit by Levenberg-Marquardt, that of the points.
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
"""Axes of which compiled code takes any length."""

STEPS_A_TURN = 4
"""Steps that one turn of a loop takes: a turn costs about a microsecond, whatever it does; more do not fuse so well."""

Axes = tuple[str | int, ...]


@dataclass(frozen=True)
class Input:
    """One tensor."""

    name: str
    axes: Axes
    dtype: torch.dtype

    @property
    def known(self) -> tuple[int, ...]:
        """Lengths of the axes that are the same whatever it is called with."""
        return tuple(axis for axis in self.axes if isinstance(axis, int))

    @property
    def long(self) -> int | None:
        """The axis that is not, if there is just one."""
        long = [index for index, axis in enumerate(self.axes) if isinstance(axis, str)]
        return long[0] if len(long) == 1 else None


def is_descent(shape: Shape) -> bool:
    """Tell whether one program of the shape takes many steps."""
    return OPTIMIZERS[shape.optimizer].elementwise


def hyperparameter_inputs(shape: Shape) -> list[str]:
    """Return the names of the hyperparameters that are inputs: numbers that are not whole, and not 0."""
    settings = OPTIMIZERS[shape.optimizer].hyperparameters()
    chosen = dict(shape.structure)
    return [setting.name for setting in settings if isinstance(setting.default, float) and chosen[setting.name]]


def optimizer_of(shape: Shape, numbers: Mapping[str, Tensor]) -> Optimizer:
    """Return the optimizer with hyperparameters of which those that are inputs are `numbers`."""
    inputs, defaults = hyperparameter_inputs(shape), OPTIMIZERS[shape.optimizer].hyperparameters()
    types = {setting.name: type(setting.default) for setting in defaults}
    given: dict[str, Any] = {
        name: numbers[name] if name in inputs else types[name](value) for name, value in shape.structure
    }
    return make_optimizer(shape.optimizer, **given)


def state_inputs(shape: Shape) -> list[Input]:
    """What changes from step to step: the parameters, and what the optimizer remembers."""
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
    """What does not change from step to step."""
    dtype: torch.dtype = getattr(torch, shape.dtype)
    free, fixed, nodes = len(shape.free), len(shape.fixed), shape.nodes
    found: list[tuple[str, Axes]] = [(name, ()) for name in hyperparameter_inputs(shape)]
    if fixed:
        found.append(("fixed", (fixed,)))
    if shape.bounded:
        found += [("lower", (free,)), ("upper", (free,))]
    if nodes:
        found += [("nodes", (nodes,)), ("matrix", (nodes, nodes)), ("target", (nodes,)), ("floor", ())]
    else:
        found += [*((f"x.{name}", (POINTS,)) for name in shape.variables), ("y", (POINTS,))]
    if shape.weighted:
        found.append(("factor", (POINTS,)))
    if needs_threshold(shape.loss):
        found.append(("threshold", ()))
    if shape.alone:
        return [Input(name, axes, dtype) for name, axes in found]
    inputs = [Input(name, (*axes, 1 if name in shape.shared else FITS), dtype) for name, axes in found]
    return inputs if is_descent(shape) else [*inputs, Input("counts", (FITS,), torch.int64)]


def numbers_of(shape: Shape, objective: Objective, optimizer: Optimizer) -> dict[str, Tensor]:
    """The numbers of one training, without the axis of the fits."""
    problem = objective.problem if isinstance(objective, CompressedProblem) else objective
    assert isinstance(problem, Problem)  # noqa: S101
    found = _given(shape, problem.parameters, optimizer, problem.start)
    if isinstance(objective, CompressedProblem):
        found |= {name: getattr(objective, name) for name in ("nodes", "matrix", "target", "floor")}
    else:
        found |= {f"x.{name}": variable for name, variable in problem.data.variables.items()} | {"y": problem.data.y}
    if problem.data.factor is not None and shape.weighted:
        found["factor"] = problem.data.factor
    return found | _threshold(problem.loss_function, problem.start)


def numbers_of_curves(shape: Shape, objective: CurveObjective, optimizer: Optimizer) -> dict[str, Tensor]:
    """The numbers of many curves, with an axis of length 1 where all share them."""
    problem = objective.at_nodes if isinstance(objective, CompressedCurves) else objective
    given = _given(shape, problem.parameters, optimizer, problem.start)
    found = {name: tensor[..., None] for name, tensor in given.items()}
    if isinstance(objective, CompressedCurves):
        (nodes,) = problem.variables.values()
        found |= {"nodes": nodes, "matrix": objective.matrix, "target": problem.y, "floor": objective.floor}
    else:
        found |= {f"x.{name}": variable for name, variable in problem.variables.items()} | {"y": problem.y}
    if problem.factor is not None:
        found["factor"] = problem.factor
    threshold = _threshold(problem.loss_function, problem.start)
    found |= {name: tensor.expand(problem.curves) for name, tensor in threshold.items()}
    return {name: tensor.contiguous() for name, tensor in found.items()} | {"counts": problem.counts}


def _given(shape: Shape, parameters: Parameters, optimizer: Optimizer, like: Tensor) -> dict[str, Tensor]:
    """What the request says in numbers."""
    found = {name: like.new_tensor(getattr(optimizer, name)) for name in hyperparameter_inputs(shape)}
    if shape.fixed:
        found["fixed"] = like.new_tensor([parameters.fixed[name] for name in shape.fixed])
    if shape.bounded:
        found["lower"], found["upper"] = parameters.bounds(like)
    return found


def _threshold(loss: Loss, like: Tensor) -> dict[str, Tensor]:
    if not isinstance(loss, Robust):
        return {}
    return {"threshold": torch.as_tensor(loss.threshold, dtype=torch.float64).to(like)}

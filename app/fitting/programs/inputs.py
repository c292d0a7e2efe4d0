"""The inputs of programs as tensors, taken from an objective."""

import torch
from torch import Tensor

from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import Loss, Robust, needs_threshold
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.shape import Shape


def tensors_of(shape: Shape, objective: Objective) -> dict[str, Tensor]:
    """Return the inputs of programs by name, contiguous, from an objective of this shape."""
    match objective:
        case Problem():
            return _of_points(shape, objective, objective.data.variables, objective.data.y, objective.data.factor)
        case CompressedProblem():
            nodes = {name: getattr(objective, name) for name in ("nodes", "matrix", "target", "floor")}
            return _contiguous(nodes) | _of_parameters(shape, objective.problem)
        case CompressedCurves():
            (x,) = objective.at_nodes.variables.values()
            nodes = {"nodes": x, "matrix": objective.matrix, "target": objective.at_nodes.y, "floor": objective.floor}
            return _contiguous(nodes) | _of_parameters(shape, objective.at_nodes)
        case CurveProblem():
            return _of_points(shape, objective, objective.variables, objective.y, objective.factor)
    raise TypeError(f"{objective} is no objective of a formula")


def _of_points(
    shape: Shape, problem: Problem | CurveProblem, variables: dict[str, Tensor], y: Tensor, factor: Tensor | None
) -> dict[str, Tensor]:
    tensors = {f"x{index}": variables[name] for index, name in enumerate(shape.template.variables)} | {"y": y}
    tensors["counts"] = problem.counts if isinstance(problem, CurveProblem) else torch.tensor(problem.points)
    if shape.weighted and factor is not None:
        tensors["factor"] = factor
    return _contiguous(tensors) | _of_parameters(shape, problem)


def _of_parameters(shape: Shape, problem: Problem | CurveProblem) -> dict[str, Tensor]:
    parameters, like = problem.parameters, problem.start
    tensors: dict[str, Tensor] = {}
    numbers = [*shape.template.numbers, *(n for _, tie in shape.tied for n in tie.template.numbers)]
    if numbers or parameters.fixed:
        tensors["numbers"] = like.new_tensor([*numbers, *parameters.fixed.values()])
    if shape.bounded:
        tensors["bounds"] = torch.cat(parameters.bounds(like))
    if needs_threshold(shape.loss):
        tensors["threshold"] = _threshold(problem.loss_function, like, None if shape.alone else problem)
    return tensors


def _threshold(loss: Loss, like: Tensor, problem: Problem | CurveProblem | None) -> Tensor:
    if not isinstance(loss, Robust):
        raise TypeError(f"{loss.name} has no threshold")
    threshold = torch.as_tensor(loss.threshold, dtype=torch.float64).to(like)
    return threshold.expand(problem.curves).contiguous() if isinstance(problem, CurveProblem) else threshold


def _contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.contiguous() for name, tensor in tensors.items()}

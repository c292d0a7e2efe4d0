"""Programs of functions of an objective at some parameters, such as its loss or standard errors."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.objective import Objective
from app.fitting.programs.bound import NO_REPORTS, Bound, Pointers, evaluations_of
from app.fitting.programs.cache import PROGRAMS
from app.fitting.programs.inputs import tensors_of
from app.fitting.programs.program import PARAMETERS, Recipe
from app.fitting.programs.recording import Input
from app.fitting.programs.shape import Shape, shape_of

Function = Callable[[Objective, Tensor], Sequence[Tensor]]
"""A function of an objective and parameters, (free,) or (free, curves), whose results have no axis of points."""


def evaluated(function: Function, objective: Objective, parameters: Tensor, results: int) -> Tensor | None:
    """Return the `results` numbers of a function of parameters (free,) or (free, curves), (results, 1 or curves).

    They are float64. It is None where the program would be too large.
    """
    shape = shape_of(objective)
    program = PROGRAMS.find(shape, ("function", function), partial(recipe_of, shape, function))
    if program is None:
        return None
    fits = objective.curves if isinstance(objective, CurveProblem | CompressedCurves) else 1
    numbers = torch.empty(results, fits, dtype=torch.float64)
    bound = Bound(program, tensors_of(shape, objective) | {PARAMETERS: parameters.contiguous()}, fits)
    bound.run(NO_REPORTS, Pointers.to_rows([numbers], fits))
    evaluations_of(objective).count += 1
    return numbers


def recipe_of(shape: Shape, function: Function) -> Recipe:
    """Return how a function becomes a program."""
    return Recipe(function, (Input(PARAMETERS, (len(shape.free),), shape.dtype, moves=True),), carries=False)


def loss(objective: Objective, parameters: Tensor) -> Sequence[Tensor]:
    """Return the loss alone, as a function that can be a program."""
    return [objective.loss(parameters)]

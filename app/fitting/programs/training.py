"""The program of a training of one fit."""

from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.descent import Descent
from app.fitting.programs.solution import Solution


def program_of(objective: Objective, optimizer: Optimizer) -> Descent | Solution | None:
    """Return the program that trains one fit; None where there is none, as `coverage` says."""
    match objective:
        case Problem(start=start) | CompressedProblem(problem=Problem(start=start)) if start.device.type == "cpu":
            if optimizer.elementwise:
                return Descent.of(objective, optimizer)
            if isinstance(objective, Problem) and isinstance(optimizer, LevenbergMarquardt):
                return Solution.of(objective, optimizer)
    return None

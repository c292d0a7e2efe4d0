"""Which trainings are programs, and why others go step by step; every loss is treated alike."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.fitting.optimizers import OPTIMIZERS
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem

PROGRAM = "program"
TOO_LARGE = "its formula is too large for a program"
NOT_ON_GPU = "programs run on processors, not on GPUs"
OF_SHARED = "parameters that curves share join all curves in one decomposition"
OF_UNKNOWN = "no program knows the steps of this optimizer"

BY_ITSELF: Mapping[str, str] = MappingProxyType(
    {
        "profile intervals": "program, by Levenberg-Marquardt whatever the optimizer",
        "search of start values": "program, by Levenberg-Marquardt whatever the optimizer",
        "choice of a degree": "no steps: one QR decomposition tells all degrees",
    }
)
"""What is worked out the same way for every optimizer."""


def has_program(optimizer: type[Optimizer]) -> bool:
    """Tell whether programs take the steps of an optimizer."""
    return optimizer.elementwise or issubclass(optimizer, LevenbergMarquardt)


def why_step_by_step(objective: Objective, optimizer: Optimizer) -> str:
    """Return why a fit, or many curves, are trained without a program."""
    problem = objective.problem if isinstance(objective, CompressedProblem) else objective
    on_cpu = isinstance(problem, Problem | CurveProblem) and problem.start.device.type == "cpu"
    if not has_program(type(optimizer)):
        return optimizer.step_by_step_because or OF_UNKNOWN
    return TOO_LARGE if on_cpu else NOT_ON_GPU


def coverage() -> Sequence[tuple[str, Sequence[str]]]:
    """Return how each task is trained, by one entry for each optimizer."""
    optimizers = OPTIMIZERS.values()
    return [
        ("one fit", [_of_one(optimizer) for optimizer in optimizers]),
        ("many curves", [_of_curves(optimizer) for optimizer in optimizers]),
        ("parameters that curves share", [_of_shared(optimizer) for optimizer in optimizers]),
    ]


def _of_one(optimizer: type[Optimizer]) -> str:
    if has_program(optimizer):
        return PROGRAM if optimizer.elementwise else f"{PROGRAM}; careful steps, where trials fail, step by step"
    return f"step by step: {optimizer.step_by_step_because or OF_UNKNOWN}"


def _of_curves(optimizer: type[Optimizer]) -> str:
    return PROGRAM if has_program(optimizer) else "as one fit"


def _of_shared(optimizer: type[Optimizer]) -> str:
    return f"step by step: {OF_SHARED}" if optimizer.shares_parameters else "no"

"""The steps that work on all curves at once, and in whose place compiled programs may stand.

None of them makes a decision by looking at a number, so each can be traced and compiled.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from app.fitting.curves.compression import CompressedCurves
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.standard_errors import standard_errors
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.damping import Damped
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import Update, gauss_newton
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.training import Runner

CurveObjective = CurveProblem | CompressedCurves


def _no_runner(_objective: CurveObjective, _optimizer: Optimizer) -> Runner | None:
    return None


@dataclass(frozen=True)
class Programs:
    """The steps of a training of many curves: our own, or compiled programs that do the same."""

    trial: Callable[[LevenbergMarquardt, CurveProblem, Damped], Damped] = LevenbergMarquardt.trial
    """Function that does one trial of Levenberg-Marquardt."""
    gauss_newton: Callable[[CurveProblem, Tensor], Update] = gauss_newton
    """Function that makes one Gauss-Newton update near the minimum."""
    standard_errors: Callable[[CurveProblem, Tensor], dict[str, Tensor]] = standard_errors
    """Function that works out the standard errors at some parameters."""
    runner: Callable[[CurveObjective, Optimizer], Runner | None] = _no_runner
    """Function that finds a runner for an elementwise optimizer; it returns None where there is none."""


AS_THEY_STAND = Programs()
"""Our own steps, none of them compiled."""

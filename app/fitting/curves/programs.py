"""What is worked out for all curves at once: it looks at no number, so it can be traced, compiled and put in here."""

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
    """As they stand, or compiled."""

    trial: Callable[[LevenbergMarquardt, CurveProblem, Damped], Damped] = LevenbergMarquardt.trial
    """One trial of Levenberg-Marquardt."""
    gauss_newton: Callable[[CurveProblem, Tensor], Update] = gauss_newton
    """One update at the minimum."""
    standard_errors: Callable[[CurveProblem, Tensor], dict[str, Tensor]] = standard_errors
    runner: Callable[[CurveObjective, Optimizer], Runner | None] = _no_runner
    """Many steps of an elementwise optimizer."""


AS_THEY_STAND = Programs()

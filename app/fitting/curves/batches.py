"""Levenberg-Marquardt of many curves at once, by programs; a curve's end follows from its own numbers alone."""

from collections.abc import Generator

import torch

from app.fitting.curves import step_by_step
from app.fitting.curves.alone import tried_again
from app.fitting.curves.ends import has_regular_end, reasons_of
from app.fitting.curves.histories import Trials, history_of_table
from app.fitting.curves.results import Trained
from app.fitting.optimizers.levenberg_marquardt.damping import Damped
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.programs.curves import SolutionOfCurves

_TRIALS_PER_STEP = 4
_MORE_TRIALS = 60
"""Trials that a curve may do beside those per step."""


def train_batch(
    problem: CurveProblem, optimizer: LevenbergMarquardt, steps: int, chunk_seconds: float
) -> Generator[None, None, Trained]:
    """Train all curves; those that do not end well are trained again alone, by a more careful method."""
    trained = yield from trained_together(problem, optimizer, steps, chunk_seconds)
    again = [curve for curve, reason in enumerate(trained.reasons) if reason not in ("converged", "max_steps")]
    return (yield from tried_again(problem, optimizer, steps, chunk_seconds, trained, again))


def tried_together(
    problem: CurveProblem, optimizer: LevenbergMarquardt, steps: int, most_trials: int, chunk_seconds: float
) -> Generator[None, None, Damped]:
    """Do damped trials of all curves, and no refinement of their ends."""
    is_on_cpu = problem.y.device.type == "cpu"
    programs = SolutionOfCurves.of(problem, optimizer, refines=False) if is_on_cpu else None
    if programs is None:
        return (yield from step_by_step.tried(problem, optimizer, steps, most_trials, chunk_seconds, Trials()))
    return (yield from programs.tried(steps, most_trials, chunk_seconds)).state


def trained_together(
    problem: CurveProblem, optimizer: LevenbergMarquardt, steps: int, chunk_seconds: float
) -> Generator[None, None, Trained]:
    """Train all curves by damped trials and the refinement of their ends, and leave those as they are that fail."""
    most_trials = _TRIALS_PER_STEP * steps + _MORE_TRIALS
    programs = SolutionOfCurves.of(problem, optimizer) if problem.y.device.type == "cpu" else None
    if programs is None:
        return (yield from step_by_step.trained(problem, optimizer, steps, most_trials, chunk_seconds))
    tried = yield from programs.tried(steps, most_trials, chunk_seconds)
    state, ended = tried.state, has_regular_end(tried.state)
    minima = yield from programs.refined(state.parameters, ended, chunk_seconds)
    parameters = torch.where(ended, minima.parameters, state.parameters)
    final = programs.losses(parameters)
    reasons = reasons_of(state, minima)
    tried.losses[torch.arange(problem.curves), state.steps] = final
    width = int(state.steps.max()) + 1
    history = history_of_table(tried.losses[:, :width].T, state.steps)
    return Trained(parameters, state.steps, reasons, history, by_program=True)

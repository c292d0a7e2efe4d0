"""Levenberg-Marquardt of many curves as one batch that curves leave as they end."""

from collections.abc import Generator

import torch
from torch import Tensor

from app.fitting.curves.alone import tried_again
from app.fitting.curves.histories import Trials
from app.fitting.curves.pace import Pace
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.programs import Programs
from app.fitting.curves.refinement import refined
from app.fitting.curves.results import Trained
from app.fitting.optimizers.levenberg_marquardt.damping import Damped, begin
from app.fitting.optimizers.levenberg_marquardt.ends import GOES_ON, NOT_FINITE
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt

_COMPACTED = 0.75
"""Share of the batch's curves that still go on, at or below which those that ended leave the batch."""
_TRIALS_PER_STEP = 4
_MORE_TRIALS = 60
"""Trials that a batch may do beside those per step."""


def train_batch(
    problem: CurveProblem, optimizer: LevenbergMarquardt, steps: int, chunk_seconds: float, programs: Programs
) -> Generator[None, None, Trained]:
    """Train all curves at once; those that do not end well are trained again alone, by a more careful method."""
    first, trials = problem.loss(problem.start), Trials()
    most_trials = _TRIALS_PER_STEP * steps + _MORE_TRIALS
    state = yield from stepped(problem, optimizer, steps, most_trials, chunk_seconds, programs, trials)
    parameters, loss, reasons = state.parameters.clone(), state.loss.clone(), _reasons(state)
    ended = ((state.ended != GOES_ON) & (state.ended != NOT_FINITE)).nonzero()[:, 0]
    ended_problem = problem.take(ended)
    minima = yield from refined(ended_problem, parameters[:, ended], programs.gauss_newton)
    parameters[:, ended], loss[ended] = minima.parameters, ended_problem.loss(minima.parameters)
    for curve, full_rank, at_minimum in zip(
        ended.tolist(), minima.full_rank.tolist(), minima.at_minimum.tolist(), strict=True
    ):
        reasons[curve] = "singular" if not full_rank else "converged" if at_minimum else "diverged"
    trained = Trained(parameters, state.steps, reasons, trials.history(first, state.steps, loss))
    again = [curve for curve, reason in enumerate(reasons) if reason not in ("converged", "max_steps")]
    return (yield from tried_again(problem, optimizer, steps, chunk_seconds, trained, again))


def _reasons(state: Damped) -> list[str]:
    """Return why each curve ended; this holds for those that did not come to a regular end by themselves."""
    used_up = (state.steps >= state.most_steps).tolist()
    return [
        "nonfinite" if ended == NOT_FINITE else "max_steps" if full else "diverged"
        for ended, full in zip(state.ended.tolist(), used_up, strict=True)
    ]


def stepped(
    problem: CurveProblem,
    optimizer: LevenbergMarquardt,
    steps: int,
    most_trials: int,
    chunk_seconds: float,
    programs: Programs,
    trials: Trials,
) -> Generator[None, None, Damped]:
    """Do trials until each curve has ended or has done `steps` steps, but at most `most_trials`.

    Returns where each curve stands then, and adds the losses of all trials to `trials`.
    """
    state = begin(problem, problem.start, steps)
    final = Damped(*(part.clone() for part in state))
    numbers, pace = torch.arange(problem.curves, device=problem.y.device), Pace(chunk_seconds)
    for _ in range(most_trials):
        goes_on = state.goes_on
        if int(goes_on.sum()) <= _COMPACTED * len(numbers):
            _write(state, final, numbers)
            state, problem, numbers = _taken(state, goes_on), problem.take(goes_on.nonzero()[:, 0]), numbers[goes_on]
        if not len(numbers):
            break
        before = state.steps
        state = programs.trial(optimizer, problem, state)
        trials.add(numbers, state.loss, state.steps > before)
        if pace.is_due():
            yield
    _write(state, final, numbers)
    return final


def _taken(state: Damped, chosen: Tensor) -> Damped:
    """Return the state of the curves that are `chosen`, a mask (curves,)."""
    return Damped(*(part[..., chosen] for part in state))


def _write(batch: Damped, whole: Damped, numbers: Tensor) -> None:
    """Copy the state of the curves of a batch, by their `numbers`, into that of all curves."""
    for whole_part, batch_part in zip(whole, batch, strict=True):
        whole_part.index_copy_(-1, numbers, batch_part)

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
"""Share of the curves that go on, at which those that ended leave the batch."""
_TRIALS_PER_STEP = 4
_MORE_TRIALS = 60


def train_batch(
    problem: CurveProblem, optimizer: LevenbergMarquardt, steps: int, chunk_seconds: float, programs: Programs
) -> Generator[None, None, Trained]:
    """All at once; curves that do not end well so are tried again alone, where the method is more careful."""
    first, trials = problem.loss(problem.start), Trials()
    most_trials = _TRIALS_PER_STEP * steps + _MORE_TRIALS
    state = yield from stepped(problem, optimizer, steps, most_trials, chunk_seconds, programs, trials)
    parameters, loss, reasons = state.parameters.clone(), state.loss.clone(), _reasons(state)
    ended = ((state.ended != GOES_ON) & (state.ended != NOT_FINITE)).nonzero()[:, 0]
    some = problem.take(ended)
    found = yield from refined(some, parameters[:, ended], programs.gauss_newton)
    parameters[:, ended], loss[ended] = found.parameters, some.loss(found.parameters)
    for curve, full_rank, at_minimum in zip(
        ended.tolist(), found.full_rank.tolist(), found.at_minimum.tolist(), strict=True
    ):
        reasons[curve] = "singular" if not full_rank else "converged" if at_minimum else "diverged"
    trained = Trained(parameters, state.steps, reasons, trials.history(first, state.steps, loss))
    again = [curve for curve, reason in enumerate(reasons) if reason not in ("converged", "max_steps")]
    return (yield from tried_again(problem, optimizer, steps, chunk_seconds, trained, again))


def _reasons(state: Damped) -> list[str]:
    """Of the curves that did not come to an end of their own."""
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
    """Trials until each curve has ended, or has done so many steps; adds their losses to `trials`."""
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
    return Damped(*(part[..., chosen] for part in state))


def _write(some: Damped, whole: Damped, numbers: Tensor) -> None:
    for part, new in zip(whole, some, strict=True):
        part.index_copy_(-1, numbers, new)

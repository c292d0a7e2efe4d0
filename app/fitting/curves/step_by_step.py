"""Levenberg-Marquardt of many curves without programs: as one batch that curves leave as they end.

So trains a GPU, and a formula that is too large for a program.
"""

from collections.abc import Generator
from typing import TypeVar

import torch
from torch import Tensor

from app.fitting.curves.ends import has_regular_end, reasons_of
from app.fitting.curves.histories import Trials
from app.fitting.curves.pace import Pace
from app.fitting.curves.results import Trained
from app.fitting.optimizers.levenberg_marquardt.damping import Damped, begin
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import REFINES, Refining, begin_refinement, refine_many
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import CurveProblem

_COMPACTED = 0.75
"""Share of the batch's curves that still go on, at or below which those that ended leave the batch."""


def trained(
    problem: CurveProblem, optimizer: LevenbergMarquardt, steps: int, most_trials: int, chunk_seconds: float
) -> Generator[None, None, Trained]:
    """Train all curves by damped trials and the refinement of their ends, and leave those as they are that fail."""
    trials = Trials()
    state = yield from tried(problem, optimizer, steps, most_trials, chunk_seconds, trials)
    parameters, loss = state.parameters.clone(), state.loss.clone()
    ended = has_regular_end(state).nonzero()[:, 0]
    ended_problem = problem.take(ended)
    minima = begin_refinement(parameters, loss)
    minima = Refining(*(part.clone() for part in minima))
    _write((yield from refined(ended_problem, parameters[:, ended])), minima, ended)
    parameters[:, ended], loss[ended] = minima.parameters[:, ended], ended_problem.loss(minima.parameters[:, ended])
    reasons = reasons_of(state, minima)
    return Trained(parameters, state.steps, reasons, trials.history(state.steps, loss))


def tried(
    problem: CurveProblem,
    optimizer: LevenbergMarquardt,
    steps: int,
    most_trials: int,
    chunk_seconds: float,
    trials: Trials,
) -> Generator[None, None, Damped]:
    """Do trials until each curve has ended or has done `steps` steps, but at most `most_trials`.

    Returns where each curve stands then, and adds the first losses and those of all trials to `trials`.
    """
    state = optimizer.trial(problem, begin(problem.start, steps))
    trials.first = state.loss
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
        state = optimizer.trial(problem, state)
        trials.add(numbers, state.loss, state.steps > before)
        if pace.is_due():
            yield
    _write(state, final, numbers)
    return final


def refined(problem: CurveProblem, parameters: Tensor) -> Generator[None, None, Refining]:
    """Refine every curve from `parameters` (free, curves), and rest between rounds."""
    state = begin_refinement(parameters, torch.zeros_like(parameters[0]))
    final, numbers = Refining(*(part.clone() for part in state)), torch.arange(problem.curves, device=parameters.device)
    while len(numbers):
        state = refine_many(problem, state)
        _write(state, final, numbers)
        goes_on = state.ended == REFINES
        state, problem, numbers = _taken(state, goes_on), problem.take(goes_on.nonzero()[:, 0]), numbers[goes_on]
        yield
    return final


State = TypeVar("State", Damped, Refining)


def _taken(state: State, chosen: Tensor) -> State:
    """Return the state of the curves that are `chosen`, a mask (curves,)."""
    return type(state)(*(part[..., chosen] for part in state))


def _write(batch: State, whole: State, numbers: Tensor) -> None:
    """Copy the state of the curves of a batch, by their `numbers`, into that of all curves."""
    for whole_part, batch_part in zip(whole, batch, strict=True):
        whole_part.index_copy_(-1, numbers, batch_part)

"""Training of many curves by Levenberg-Marquardt in programs, some curves at a time."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from app.fitting.optimizers.levenberg_marquardt.damping import Damped, begin
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import (
    MOST_ROUNDS,
    REFINED,
    REFINES,
    Refining,
    begin_refinement,
    refine_many,
)
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.programs.bound import Bound, Pointers
from app.fitting.programs.cache import PROGRAMS
from app.fitting.programs.evaluation import evaluated, loss
from app.fitting.programs.inputs import tensors_of
from app.fitting.programs.shape import shape_of
from app.fitting.programs.solution import refinement_of, trials_of

_USUAL_STEPS = 50
"""Steps that most curves take at most."""


@dataclass(frozen=True)
class Tried:
    """The damped trials of many curves, at their end."""

    state: Damped
    losses: Tensor
    """Losses before each step, (curves, any); a curve has as many as it has done steps."""


class SolutionOfCurves:
    """Training of many curves, each of which is worked on by itself until it ends."""

    def __init__(self, problem: CurveProblem, trials: Bound, refinement: Bound | None) -> None:
        self._problem, self._trials, self._refinement = problem, trials, refinement

    @classmethod
    def of(
        cls, problem: CurveProblem, optimizer: LevenbergMarquardt, refines: bool = True
    ) -> "SolutionOfCurves | None":
        """Return the programs of a training, or of its trials alone; None where they would be too large."""
        shape = shape_of(problem)
        trials = PROGRAMS.find(shape, ("trial", optimizer), partial(trials_of, shape, optimizer))
        if trials is None:
            return None
        tensors, curves = tensors_of(shape, problem), problem.curves
        if not refines:
            return cls(problem, Bound(trials, tensors, curves), None)
        refinement = PROGRAMS.find(shape, ("refine",), partial(refinement_of, shape, refine_many))
        if refinement is None:
            return None
        return cls(problem, Bound(trials, tensors, curves), Bound(refinement, tensors, curves))

    def tried(self, steps: int, most_trials: int, piece_seconds: float) -> Generator[None, None, Tried]:
        """Do trials until each curve has ended or has done `steps` steps, but at most `most_trials`."""
        start, curves = self._problem.start, self._problem.curves
        begun = begin(start.contiguous(), steps)
        state = Damped(*(part.clone() for part in begun))
        # Memory that nothing is written to takes none.
        losses = start.new_empty(curves, steps + 1)
        work = (self._trials, state, lambda: state.goes_on, [losses])
        # The first trial only finds out where it is.
        yield from self._in_slices(*work, 1 + most_trials, piece_seconds)
        return Tried(state, losses)

    def refined(self, parameters: Tensor, wanted: Tensor, piece_seconds: float) -> Generator[None, None, Refining]:
        """Refine the curves that are `wanted` (curves,), from parameters (free, curves)."""
        if self._refinement is None:
            raise ValueError("these are programs of trials alone")
        begun = begin_refinement(parameters.contiguous(), parameters.new_zeros(len(wanted)))
        begun = begun._replace(ended=torch.where(wanted, REFINES, REFINED))
        # In memory, what is true or false is 1 or 0.
        state = Refining(*(part.long() if part.dtype is torch.bool else part.clone() for part in begun))
        going = partial(torch.eq, state.ended, REFINES)
        yield from self._in_slices(self._refinement, state, going, [], MOST_ROUNDS, piece_seconds)
        return state

    def losses(self, parameters: Tensor) -> Tensor:
        """Return the loss of each curve, (curves,), at parameters (free, curves)."""
        losses = evaluated(loss, self._problem, parameters, 1)
        if losses is None:
            raise RuntimeError("a loss has a program wherever a trial has one")
        return losses[0].to(parameters.dtype)

    def _in_slices(
        self,
        bound: Bound,
        state: Sequence[Tensor],
        going: Callable[[], Tensor],
        tables: Sequence[Tensor],
        most: int,
        piece_seconds: float,
    ) -> Generator[None, None, None]:
        """Take up to `most` steps of all curves, some curves at a time, and rest after about each `piece_seconds`."""
        curves, program = self._problem.curves, bound.program
        step = program.seconds_per_step(bound.points, program.lanes)
        at_once = max(1, int(piece_seconds / (_USUAL_STEPS * step))) * program.lanes
        together = max(1, int(piece_seconds / step)) if at_once == program.lanes else most
        places, rows = Pointers.to_rows(state, curves), Pointers(table.data_ptr() for table in tables)
        width = tables[0].shape[1] if tables else 1
        for first in range(0, curves, at_once):
            end = min(first + at_once, curves)
            for done in range(0, most, together):
                bound.run(places, rows, min(together, most - done), width, first, end)
                yield
                if together < most and not bool(going()[first:end].any()):
                    break

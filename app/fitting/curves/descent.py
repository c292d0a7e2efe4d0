"""Training of many curves by elementwise optimizers: one step is a step of all curves, and no curve changes another."""

from collections.abc import Generator

import torch
from torch import Tensor

from app.fitting.curves.compression import CompressedCurves
from app.fitting.curves.histories import history_of_table
from app.fitting.curves.pace import Pace
from app.fitting.curves.programs import CurveObjective, Programs
from app.fitting.curves.results import Trained
from app.fitting.optimizers.base import Optimizer, State
from app.fitting.problems.objective import loss_and_gradient
from app.fitting.training import Runner


def train_elementwise(
    objective: CurveObjective, optimizer: Optimizer, steps: int, chunk_seconds: float, programs: Programs
) -> Generator[None, None, Trained]:
    """Take all steps of all curves; a curve whose loss or parameters are no longer finite keeps the last that were."""
    last = _Last(objective.start)
    parameters, state, pace = objective.start, optimizer.init(objective.start), Pace(chunk_seconds)
    runner, done = programs.runner(objective, optimizer), 0
    while done < steps:
        count = 1 if runner is None else min(runner.steps_in(chunk_seconds), steps - done)
        if runner is None:
            updated, state, loss = optimizer.step(objective, parameters, state)
            last.look(parameters, loss)
            parameters = updated
        else:
            parameters, state = _run(objective, optimizer, runner, parameters, state, count, last)
        done += count
        if pace.is_due():
            if not bool(last.alive.any()):
                break
            runner = runner or programs.runner(objective, optimizer)
            yield
    last.look(parameters, objective.loss(parameters))
    history = history_of_table(torch.stack(last.losses), last.steps)
    compressed = isinstance(objective, CompressedCurves)
    return Trained(last.parameters, last.steps, _reasons(objective, last), history, compressed=compressed)


class _Last:
    """The last finite parameters of each curve."""

    def __init__(self, start: Tensor) -> None:
        self.parameters = start
        """Last parameters at which the curve was finite, (free, curves)."""
        self.alive = torch.ones(start.shape[1], dtype=torch.bool, device=start.device)
        """Whether the curve has been finite all the time, (curves,)."""
        self.steps = torch.zeros(start.shape[1], dtype=torch.int64, device=start.device)
        """Number of updates that led to those parameters, (curves,)."""
        self.looks = 0
        """Number of looks so far, and of updates before the next look."""
        self.losses: list[Tensor] = []
        """Losses at each look, (curves,) each."""

    def look(self, parameters: Tensor, loss: Tensor) -> None:
        """Take note of the parameters (free, curves) after as many updates as there were looks, and of their `loss`."""
        self.alive = self.alive & loss.isfinite() & parameters.isfinite().all(0)
        self.parameters = torch.where(self.alive, parameters, self.parameters)
        self.steps = torch.where(self.alive, self.looks, self.steps)
        self.looks += 1
        self.losses.append(loss)

    def take(self, curves: Tensor) -> "_Last":
        """Return the same for the curves whose numbers are `curves`, without the losses so far."""
        taken = _Last(self.parameters[:, curves])
        taken.alive, taken.steps, taken.looks = self.alive[curves], self.steps[curves], self.looks
        return taken


def _run(
    objective: CurveObjective,
    optimizer: Optimizer,
    runner: Runner,
    parameters: Tensor,
    state: State,
    count: int,
    last: _Last,
) -> tuple[Tensor, State]:
    """Return parameters and state after `count` steps of the runner.

    Curves that do not stay finite on the way are trained again, step by step, to find the last finite parameters.
    """
    after, after_state, losses = runner.run(parameters, state, count)
    well = losses.isfinite().all(0) & after.isfinite().all(0)
    ending = (last.alive & ~well).nonzero()[:, 0]
    if len(ending):
        ending_objective, ends = objective.take(ending), last.take(ending)
        ending_parameters, ending_state = parameters[:, ending], _taken(state, ending)
        for _ in range(count):
            following, ending_state, loss = optimizer.step(ending_objective, ending_parameters, ending_state)
            ends.look(ending_parameters, loss)
            ending_parameters = following
        last.parameters = last.parameters.index_copy(1, ending, ends.parameters)
        last.steps = last.steps.index_copy(0, ending, ends.steps)
    last.alive = last.alive & well
    # The parameters before the last of these losses are not known; those after it are, and are looked at next.
    last.parameters = torch.where(last.alive, after, last.parameters)
    last.steps = torch.where(last.alive, last.looks + count, last.steps)
    last.looks += count
    last.losses += losses.unbind()
    return after, after_state


def _taken(state: State, curves: Tensor) -> State:
    return {name: tensor[..., curves] if tensor.ndim else tensor for name, tensor in state.items()}


def _reasons(objective: CurveObjective, last: _Last) -> list[str]:
    _, gradient = loss_and_gradient(objective, last.parameters)
    could_go = (gradient.isfinite().all(0) & last.losses[0].isfinite()).tolist()
    ends = zip(last.alive.tolist(), could_go, strict=True)
    return ["max_steps" if alive else "diverged" if could else "nonfinite" for alive, could in ends]

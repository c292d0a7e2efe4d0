"""Training of one fit by Levenberg-Marquardt in programs: of its damped trials, and of the refinement at their end."""

import math
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.fitting.optimizers.base import State
from app.fitting.optimizers.levenberg_marquardt.damping import FIRST_DAMPING, FIRST_GROWTH, Damped
from app.fitting.optimizers.levenberg_marquardt.ends import GOES_ON, NOT_FINITE
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import (
    FIRST_LENGTH,
    REFINED,
    REFINES,
    Refining,
    refine,
)
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.bound import NO_REPORTS, Bound, Pointers, registers_of
from app.fitting.programs.cache import PROGRAMS
from app.fitting.programs.inputs import tensors_of
from app.fitting.programs.nodes import TRUTH, WHOLE, Graph, Node, UnsupportedError
from app.fitting.programs.program import Recipe, Step
from app.fitting.programs.recording import Input
from app.fitting.programs.shape import Shape, shape_of

_VECTORS = ("parameters", "gradient", "scale")
_FLAGS = ("full_rank", "at_minimum")
"""States that are true or false; in memory they are 1 or 0."""
_WHOLE = ("steps", "most_steps", "ended", "rounds", *_FLAGS)
_LENGTHS = ("before",)


_MOST_WORK = 7_000
"""Most work of writing down a training, which takes about 3 s of a processor then: the decomposition of normal
equations has a third power of the parameters in operations."""


def trials_of(shape: Shape, optimizer: LevenbergMarquardt) -> Recipe:
    """Return how a damped trial becomes a program; it reports the loss before it in the row of the steps before it."""
    _check_size(shape)

    def trial(objective: Objective, *tensors: Tensor) -> list[Tensor]:
        state = Damped(*tensors)
        return [*optimizer.trial(objective, state), state.loss]

    return Recipe(trial, _states(shape, Damped._fields), place="steps", stop=_trials_stop)


def refinement_of(shape: Shape, function: Step) -> Recipe:
    """Return how a round of a refinement becomes a program: `refine`, or `refine_many`."""
    _check_size(shape)

    def refined(objective: Objective, *tensors: Tensor) -> list[Tensor]:
        state = Refining(*tensors)
        flags = {name: getattr(state, name) > 0 for name in _FLAGS}
        after = function(objective, state._replace(**flags))
        return [tensor.long() if tensor.dtype is torch.bool else tensor for tensor in after]

    return Recipe(refined, _states(shape, Refining._fields), stop=_refinement_stops)


def _check_size(shape: Shape) -> None:
    if 4 * shape.operations + len(shape.free) ** 3 > _MOST_WORK:
        raise UnsupportedError("its formula has too many operations and parameters")


def _states(shape: Shape, names: Sequence[str]) -> tuple[Input, ...]:
    def dtype(name: str) -> torch.dtype:
        if name in _WHOLE:
            return torch.int64
        return torch.float64 if name in _LENGTHS else shape.dtype

    free = len(shape.free)
    axes: dict[str, tuple[int, ...]] = dict.fromkeys(_VECTORS, (free,)) | {"gram": (free, free)}
    return tuple(Input(name, axes.get(name, ()), dtype(name), moves=True) for name in names)


def _trials_stop(graph: Graph, after: Mapping[str, Node]) -> Node:
    has_ended = graph.node("ne", TRUTH, after["ended"], graph.number(GOES_ON, WHOLE))
    return graph.node("or", TRUTH, has_ended, graph.node("ge", TRUTH, after["steps"], after["most_steps"]))


def _refinement_stops(graph: Graph, after: Mapping[str, Node]) -> Node:
    return graph.node("ne", TRUTH, after["ended"], graph.number(REFINES, WHOLE))


class Solution:
    """Training of one fit by Levenberg-Marquardt; its careful steps, which come where trials fail, have no program.

    What is read and written around the programs are plain numbers: an operation of torch on so few takes longer than
    all trials.
    """

    def __init__(self, problem: Problem, optimizer: LevenbergMarquardt, trials: Bound, refinement: Bound) -> None:
        self._loss_before = torch.zeros(1, dtype=problem.start.dtype)
        self._sink = Pointers([self._loss_before.data_ptr()])
        self.careful_steps = 0
        """Number of steps of the last run that were taken without a program."""
        self._problem, self._optimizer = problem, optimizer
        self._trials, self._damped = trials, registers_of(trials.program)
        self._refinement, self._refining = refinement, registers_of(refinement.program)
        self._seconds_per_trial = trials.program.seconds_per_step(problem.points, 1)

    @classmethod
    def of(cls, problem: Problem, optimizer: LevenbergMarquardt) -> "Solution | None":
        """Return the programs of a training; None where they would be too large."""
        shape = shape_of(problem)
        trials = PROGRAMS.find(shape, ("trial", optimizer), partial(trials_of, shape, optimizer))
        refinement = PROGRAMS.find(shape, ("refine",), partial(refinement_of, shape, refine))
        if trials is None or refinement is None:
            return None
        tensors = tensors_of(shape, problem)
        return cls(problem, optimizer, Bound(trials, tensors), Bound(refinement, tensors))

    def steps_in(self, seconds: float) -> int:
        """Return how many steps, at least one, are likely to take so many seconds."""
        return max(1, int(seconds / self._seconds_per_trial))

    def loss(self, parameters: Tensor) -> float:
        """Return the loss at parameters (free,)."""
        self._begin(parameters)
        self._damped["most_steps"][0] = 1
        self._trials.run(self._damped.pointers, self._sink)
        return float(self._damped["loss"][0])

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take up to `steps` updates of parameters (free,), at least one if the training has not ended.

        Returns parameters and state after them, and the losses before each, (steps,).
        """
        began, losses, most_trials = time.monotonic(), list[Tensor](), steps
        self.careful_steps = done = tried = 0
        while done < steps and (tried < most_trials or not done) and not self._optimizer.done(state):
            if state["trials"]:
                parameters, state, history, trials = self._tried(parameters, state, steps - done, most_trials)
                tried += trials
            else:
                parameters, state, loss = self._optimizer.step(self._problem, parameters, state)
                history, tried = loss[None], tried + 1
                self.careful_steps += 1
            losses.append(history)
            done += len(history)
        self._seconds_per_trial = (time.monotonic() - began) / max(tried, 1)
        return parameters, state, losses[0] if len(losses) == 1 else torch.cat(losses)

    def _tried(
        self, parameters: Tensor, state: State, steps: int, most_trials: int
    ) -> tuple[Tensor, State, Tensor, int]:
        """Do up to `most_trials` trials, until they have ended or `steps` steps are done.

        Returns parameters and state after them, the losses before each step, and the number of trials.
        """
        damped, left = self._damped, int(state["trials"])
        self._begin(parameters)
        damped["scale"][:], damped["most_steps"][0] = state["longest"].numpy(), steps
        for name in ("damping", "growth"):
            damped[name][0] = state[name].item()
        losses = parameters.new_empty(min(steps, left) + 1)
        # The first only finds out where it is.
        turns = 1 + min(left, most_trials)
        tried = self._trials.run(damped.pointers, Pointers([losses.data_ptr()]), turns, len(losses)) - 1
        self._problem.evaluations.count += 1 + tried
        left, ended = left - tried, int(damped["ended"][0])
        # Trials that end with one that failed make one more step, which changes nothing.
        fails = (ended != GOES_ON or not left) and float(damped["growth"][0]) != FIRST_GROWTH
        history = losses[: int(damped["steps"][0]) + fails]
        if ended == NOT_FINITE:
            # So does a look at a place from which no trial can go on.
            history = parameters.new_tensor([float(damped["loss"][0])])
        if ended not in (GOES_ON, NOT_FINITE):
            self._refine(damped["parameters"], damped["loss"][0])
            if self._refining["ended"][0] == REFINED:
                end = {"ended": parameters.new_tensor(float(ended))}
                return self._refining.tensor("parameters"), state | end, history, tried
        numbers = Damped(*(damped.tensor(name) for name in Damped._fields))
        after = self._optimizer.after(self._problem, state, numbers, left, self._refined)
        return *after, history, tried

    def _begin(self, parameters: Tensor) -> None:
        """Set the registers of the trials to where the first has still to find out where it is."""
        damped = self._damped
        damped.clear()
        damped["parameters"][:], damped["loss"][0] = parameters.numpy(), math.nan
        damped["damping"][0], damped["growth"][0] = FIRST_DAMPING, FIRST_GROWTH

    def _refine(self, parameters: "np.ndarray[Any, Any]", loss: float) -> None:
        refining = self._refining
        refining.clear()
        refining["parameters"][:] = parameters
        refining["loss"][0], refining["before"][0] = loss, FIRST_LENGTH
        rounds = self._refinement.run(refining.pointers, NO_REPORTS, _ENDLESS)
        self._problem.evaluations.count += rounds

    def _refined(self, _objective: Objective, _state: Refining) -> Refining:
        """Return how the refinement ended, which has been done."""
        return Refining(*(self._refining.tensor(name) for name in Refining._fields))


_ENDLESS = 2**31

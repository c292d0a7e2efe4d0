"""Programs of the steps of elementwise optimizers, of one fit and of many curves."""

import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from app.fitting.optimizers.base import Optimizer, State
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.objective import Objective
from app.fitting.programs.bound import Bound, Pointers, evaluations_of
from app.fitting.programs.cache import PROGRAMS
from app.fitting.programs.inputs import tensors_of
from app.fitting.programs.program import SETTINGS, Program, Recipe
from app.fitting.programs.recording import Input
from app.fitting.programs.shape import Shape, shape_of


def recipe_of(shape: Shape, optimizer: Optimizer) -> Recipe:
    """Return how a step of an elementwise optimizer becomes a program, whose report is the loss before the step."""
    names = _settings(optimizer)
    free = (len(shape.free),)
    remembered = optimizer.init(torch.zeros(len(shape.free), 2, dtype=shape.dtype))
    # Many curves as an example: what has an axis less than the parameters is one number for each fit.
    states = [Input("parameters", free, shape.dtype, moves=True)]
    states += [Input(name, free if part.ndim == 2 else (), part.dtype, moves=True) for name, part in remembered.items()]

    def step(objective: Objective, parameters: Tensor, *rest: Tensor) -> list[Tensor]:
        state = dict(zip(remembered, rest, strict=False))
        numbers: Any = dict(zip(names, rest[len(remembered) :], strict=True))
        after = replace(optimizer, **numbers).step(objective, parameters, state)
        return [after.parameters, *(after.state[name] for name in remembered), after.loss]

    return Recipe(step, tuple(states), len(names))


def _structure(optimizer: Optimizer) -> tuple[object, ...]:
    """Return the part of an optimizer that decides the computation of a step."""
    names = _settings(optimizer)
    values = (
        setting.name if setting.name in names else getattr(optimizer, setting.name)
        for setting in optimizer.hyperparameters()
    )
    return optimizer.name, *values


def _settings(optimizer: Optimizer) -> list[str]:
    """Return the hyperparameters that are inputs: those that are not whole, and not 0.

    One that is 0, such as a momentum, leaves a part of a step out.
    """
    settings = optimizer.hyperparameters()
    return [each.name for each in settings if isinstance(each.default, float) and getattr(optimizer, each.name)]


class Descent:
    """The steps of an elementwise optimizer by a program, on one fit or on many curves."""

    def __init__(self, objective: Objective, optimizer: Optimizer, shape: Shape, program: Program) -> None:
        settings = [getattr(optimizer, name) for name in _settings(optimizer)]
        tensors = tensors_of(shape, objective) | {SETTINGS: torch.tensor(settings, dtype=torch.float64)}
        self.careful_steps = 0
        """Number of steps that no program takes: none."""
        self._fits = objective.curves if isinstance(objective, CurveProblem | CompressedCurves) else 1
        self._bound = Bound(program, tensors, self._fits)
        self._names = list(program.shapes)[1:]
        self._dtype = shape.dtype
        self._optimizer, self._evaluations = optimizer, evaluations_of(objective)
        self._seconds_per_step = program.seconds_per_step(self._bound.points, self._fits)

    @classmethod
    def of(cls, objective: Objective, optimizer: Optimizer) -> "Descent | None":
        """Return the program of a training; None where it would be too large."""
        shape = shape_of(objective)
        program = PROGRAMS.find(shape, ("step", *_structure(optimizer)), partial(recipe_of, shape, optimizer))
        return None if program is None else cls(objective, optimizer, shape, program)

    def steps_in(self, seconds: float) -> int:
        """Return how many steps, at least one, are likely to take so many seconds."""
        return max(1, int(seconds / self._seconds_per_step))

    def loss(self, parameters: Tensor) -> float:
        """Return the loss at parameters (free,)."""
        return float(self.losses(parameters)[0])

    def losses(self, parameters: Tensor) -> Tensor:
        """Return the losses at parameters (free, curves), (curves,), or of a single fit (1,)."""
        losses = torch.empty(self._fits, 1, dtype=self._dtype)
        self.advance(self.states(parameters, self._optimizer.init(parameters)), losses, 0, 1)
        return losses[:, 0]

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take `steps` updates of parameters (free,) of a single fit.

        Returns parameters and state after them, and the losses before each, (steps,).
        """
        states = self.states(parameters, state)
        losses = torch.empty(self._fits, steps, dtype=self._dtype)
        began = time.monotonic()
        self.advance(states, losses, 0, steps)
        self._seconds_per_step = (time.monotonic() - began) / steps
        self._evaluations.count += steps
        after, *rest = states
        return after, dict(zip(self._names, rest, strict=True)), losses[0]

    def states(self, parameters: Tensor, state: State) -> list[Tensor]:
        """Return copies of parameters and state, which `advance` changes; every fit has its own of each."""
        fits = parameters.shape[1:]
        remembered = [state[name] for name in self._names]
        own = [part.clone() if part.ndim or not fits else part.repeat(*fits) for part in remembered]
        return [parameters.clone(memory_format=torch.contiguous_format), *own]

    def advance(
        self, states: Sequence[Tensor], losses: Tensor, done: int, steps: int, first: int = 0, end: int | None = None
    ) -> None:
        """Take `steps` steps of the fits from `first` up to `end`, and change their `states`.

        The losses before each step are written to `losses` (fits, any), of which `done` columns are there.
        """
        table = Pointers([losses.data_ptr() + done * losses.element_size()])
        self._bound.run(Pointers.to_rows(states, self._fits), table, steps, losses.shape[1], first, end)

    def in_slices(
        self, states: Sequence[Tensor], losses: Tensor, steps: int, piece_seconds: float
    ) -> Generator[None, None, None]:
        """Take `steps` steps of all fits, some fits at a time, and rest after about each `piece_seconds`."""
        program = self._bound.program
        step = program.seconds_per_step(self._bound.points, program.lanes)
        at_once = max(1, int(piece_seconds / (steps * step))) * program.lanes
        together = max(1, int(piece_seconds / step)) if at_once == program.lanes else steps
        for first in range(0, self._fits, at_once):
            for done in range(0, steps, together):
                end = min(first + at_once, self._fits)
                self.advance(states, losses, done, min(together, steps - done), first, end)
                yield

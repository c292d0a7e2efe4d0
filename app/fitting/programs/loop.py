"""Compiled loops at work."""

import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from app.fitting.curves.programs import CurveObjective
from app.fitting.optimizers.base import Optimizer, State
from app.fitting.problems.objective import Objective
from app.fitting.programs.inputs import STEPS_A_TURN, number_inputs, numbers_of, numbers_of_curves, state_inputs
from app.fitting.programs.program import CompiledProgram
from app.fitting.programs.shape import Shape

_LEAST_TURNS = 2
"""A loop of one turn would be compiled as no loop."""
FEWEST_FITS = 2
"""Code for one fit would be code for one only."""
_FIRST_STEPS = 64


class CompiledLoop:
    """Machine code of one shape, loaded from its file."""

    def __init__(self, shape: Shape, path: Path) -> None:
        self.shape, self.key = shape, shape.key
        self._states, self._numbers = state_inputs(shape)[1:], number_inputs(shape)
        self._program = CompiledProgram(path, "loop")

    def run(
        self, parameters: Tensor, state: State, numbers: Mapping[str, Tensor], steps: int
    ) -> tuple[Tensor, State, Tensor]:
        """`steps` updates of some fits: parameters (free, fits), state, and the losses before each, (steps, fits)."""
        inputs = [parameters, *(state[one.name] for one in self._states), *(numbers[one.name] for one in self._numbers)]
        turns = max(_LEAST_TURNS, -(-steps // STEPS_A_TURN))
        wanted = (torch.arange(turns * STEPS_A_TURN) < steps).reshape(turns, STEPS_A_TURN).to(parameters.device)
        parameters, *states, losses = self._program(wanted, *inputs)
        state = {one.name: tensor for one, tensor in zip(self._states, states, strict=True)}
        return parameters, state, losses.flatten(0, 1)[:steps]


class Timed:
    """Tells from the steps it has done how many are likely to take so long."""

    def __init__(self) -> None:
        self._seconds_per_step: float | None = None

    def steps_in(self, seconds: float) -> int:
        """How many steps are likely to take so long."""
        if self._seconds_per_step is None:
            return _FIRST_STEPS
        return max(1, int(seconds / self._seconds_per_step))

    def took(self, seconds: float, steps: int) -> None:
        """So many steps took so long."""
        self._seconds_per_step = seconds / max(steps, 1)


class OneFit(Timed):
    """One training by a compiled loop, in as many steps at a time as fit into a given time."""

    def __init__(self, loop: CompiledLoop, objective: Objective, optimizer: Optimizer) -> None:
        super().__init__()
        self.loop = loop
        numbers = numbers_of(loop.shape, objective, optimizer)
        self.numbers = {name: _doubled(tensor) for name, tensor in numbers.items()}

    @property
    def key(self) -> str:
        """Of the loop's shape."""
        return self.loop.key

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """`steps` updates: parameters (free,), state, and the losses before each, (steps,)."""
        began = time.monotonic()
        doubled = {name: _doubled(tensor) for name, tensor in state.items()}
        found, states, losses = self.loop.run(_doubled(parameters), doubled, self.numbers, steps)
        self.took(time.monotonic() - began, steps)
        return found[:, 0].clone(), {name: tensor[..., 0].clone() for name, tensor in states.items()}, losses[:, 0]


class ManyCurves(Timed):
    """At least two curves in one compiled loop."""

    def __init__(self, loop: CompiledLoop, objective: CurveObjective, optimizer: Optimizer) -> None:
        super().__init__()
        self._loop, self._curves = loop, objective.curves
        self.steps = 0
        """Done so far."""
        self._numbers = numbers_of_curves(loop.shape, objective, optimizer)

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """`steps` updates: parameters (free, curves), state, and the losses before each, (steps, curves)."""
        began = time.monotonic()
        # What no curve has for itself yet is a single number.
        state = {name: tensor if tensor.ndim else tensor.repeat(self._curves) for name, tensor in state.items()}
        found = self._loop.run(parameters.contiguous(), state, self._numbers, steps)
        self.took(time.monotonic() - began, steps)
        self.steps += steps
        return found


def _doubled(tensor: Tensor) -> Tensor:
    return tensor[..., None].expand(*tensor.shape, FEWEST_FITS).contiguous()

"""Training by compiled loops, of one fit and of many curves."""

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
"""Fewest turns of a loop; a loop of a single turn would not be compiled as a loop."""
FEWEST_FITS = 2
"""Fewest fits that a program takes; one for a single fit could not take any other number."""
_FIRST_STEPS = 64
"""Steps that the first run takes, as it is not yet known how long a step takes."""


class CompiledLoop:
    """The program of one shape, loaded from its file."""

    def __init__(self, shape: Shape, path: Path) -> None:
        self.shape, self.key = shape, shape.key
        self._states, self._numbers = state_inputs(shape)[1:], number_inputs(shape)
        self._program = CompiledProgram(path, "loop")

    def run(
        self, parameters: Tensor, state: State, numbers: Mapping[str, Tensor], steps: int
    ) -> tuple[Tensor, State, Tensor]:
        """Take `steps` updates of fits with parameters (free, fits).

        Returns parameters and state after them, and the losses before each, (steps, fits).
        """
        before = [state[spec.name] for spec in self._states]
        inputs = [parameters, *before, *(numbers[spec.name] for spec in self._numbers)]
        turns = max(_LEAST_TURNS, -(-steps // STEPS_A_TURN))
        wanted = (torch.arange(turns * STEPS_A_TURN) < steps).reshape(turns, STEPS_A_TURN).to(parameters.device)
        parameters, *states, losses = self._program(wanted, *inputs)
        state = {spec.name: tensor for spec, tensor in zip(self._states, states, strict=True)}
        return parameters, state, losses.flatten(0, 1)[:steps]


class Timed:
    """Estimates from the steps that were taken how many fit into a given time."""

    def __init__(self) -> None:
        self._seconds_per_step: float | None = None

    def steps_in(self, seconds: float) -> int:
        """Return how many steps, at least one, are likely to take so many seconds."""
        if self._seconds_per_step is None:
            return _FIRST_STEPS
        return max(1, int(seconds / self._seconds_per_step))

    def took(self, seconds: float, steps: int) -> None:
        """Remember that `steps` steps took so many seconds."""
        self._seconds_per_step = seconds / max(steps, 1)


class OneFit(Timed):
    """Training of one fit by a compiled loop, in as many steps at a time as fit into a given time."""

    def __init__(self, loop: CompiledLoop, objective: Objective, optimizer: Optimizer) -> None:
        super().__init__()
        self.loop = loop
        numbers = numbers_of(loop.shape, objective, optimizer)
        self.numbers = {name: _doubled(tensor) for name, tensor in numbers.items()}

    @property
    def key(self) -> str:
        """Return the key of the loop's shape."""
        return self.loop.key

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take `steps` updates of parameters (free,).

        Returns parameters and state after them, and the losses before each, (steps,).
        """
        began = time.monotonic()
        doubled = {name: _doubled(tensor) for name, tensor in state.items()}
        vectors, states, losses = self.loop.run(_doubled(parameters), doubled, self.numbers, steps)
        self.took(time.monotonic() - began, steps)
        return vectors[:, 0].clone(), {name: tensor[..., 0].clone() for name, tensor in states.items()}, losses[:, 0]


class ManyCurves(Timed):
    """Training of at least two curves by a compiled loop."""

    def __init__(self, loop: CompiledLoop, objective: CurveObjective, optimizer: Optimizer) -> None:
        super().__init__()
        self._loop, self._curves = loop, objective.curves
        self.steps = 0
        """Number of steps taken so far."""
        self._numbers = numbers_of_curves(loop.shape, objective, optimizer)

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take `steps` updates of parameters (free, curves).

        Returns parameters and state after them, and the losses before each, (steps, curves).
        """
        began = time.monotonic()
        # A state that no curve has for itself yet is a single number.
        state = {name: tensor if tensor.ndim else tensor.repeat(self._curves) for name, tensor in state.items()}
        outcome = self._loop.run(parameters.contiguous(), state, self._numbers, steps)
        self.took(time.monotonic() - began, steps)
        self.steps += steps
        return outcome


def _doubled(tensor: Tensor) -> Tensor:
    """Return the tensor of one fit as that of the fewest fits that a program takes."""
    return tensor[..., None].expand(*tensor.shape, FEWEST_FITS).contiguous()

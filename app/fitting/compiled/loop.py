"""A compiled loop at work."""

import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from app.fitting.compiled.inputs import number_inputs, numbers_of, state_inputs
from app.fitting.compiled.shape import Shape
from app.fitting.optimizers.base import Objective, Optimizer, State

FEWEST_STEPS = 2
"""A loop of one step would be compiled as no loop."""
_LEAST_FITS = 2
_FIRST_STEPS = 64


class CompiledLoop:
    """Machine code of one shape, loaded from its file."""

    def __init__(self, shape: Shape, path: Path) -> None:
        self.shape, self.key = shape, shape.key
        self._states, self._numbers = state_inputs(shape), number_inputs(shape)
        # Without the rest of PyTorch's compiler, which would take seconds and 100 MB to import.
        self._loader = torch._C._aoti.AOTIModelPackageLoader(str(path), "model", False, 1, -1)

    def run(
        self, parameters: Tensor, state: State, numbers: Mapping[str, Tensor], steps: int
    ) -> tuple[Tensor, State, Tensor]:
        """`steps` updates of some fits: parameters (free, fits), state, and the losses before each, (steps, fits)."""
        inputs = [parameters, *(state[one.name] for one in self._states), *(numbers[one.name] for one in self._numbers)]
        count = torch.zeros(steps, dtype=torch.float64, device=parameters.device)
        parameters, *states, losses = self._loader.run([count, *inputs])
        return parameters, {one.name: tensor for one, tensor in zip(self._states, states, strict=True)}, losses


class OneFit:
    """One training by a compiled loop, in as many steps at a time as fit into a given time."""

    def __init__(self, loop: CompiledLoop, objective: Objective, optimizer: Optimizer) -> None:
        self.loop = loop
        numbers = numbers_of(loop.shape, objective, optimizer)
        self.numbers = {name: _doubled(tensor) for name, tensor in numbers.items()}
        self._seconds_per_step: float | None = None

    @property
    def key(self) -> str:
        """Of the loop's shape."""
        return self.loop.key

    def steps_in(self, seconds: float) -> int:
        """How many steps are likely to take so long."""
        if self._seconds_per_step is None:
            return _FIRST_STEPS
        return max(FEWEST_STEPS, int(seconds / self._seconds_per_step))

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """`steps` updates: parameters (free,), state, and the losses before each, (steps,)."""
        began = time.monotonic()
        doubled = {name: _doubled(tensor) for name, tensor in state.items()}
        found, states, losses = self.loop.run(_doubled(parameters), doubled, self.numbers, steps)
        self._seconds_per_step = (time.monotonic() - began) / steps
        return found[:, 0].clone(), {name: tensor[..., 0].clone() for name, tensor in states.items()}, losses[:, 0]


def _doubled(tensor: Tensor) -> Tensor:
    # A loop takes any number of fits but one: its code for many is that for two.
    return tensor[..., None].expand(*tensor.shape, _LEAST_FITS).contiguous()

"""The PyTorch modules that are exported: a program by itself, or a scan of a step."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch._higher_order_ops.scan import scan

from app.fitting.programs.inputs import Input
from app.fitting.programs.steps import Program, Step


class Called(torch.nn.Module):
    """A program of any number of tensors."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of the program."""
        return tuple(self._program(*inputs))


class Loop(torch.nn.Module):
    """A scan of a step that changes its first inputs, the `states`, and returns a loss."""

    def __init__(self, step: Step, states: Sequence[Input]) -> None:
        super().__init__()
        self._step, self._states = step, states

    def forward(self, wanted: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Take the steps that are `wanted` (turns, steps a turn), and no others.

        Returns the state after them, and the losses (turns, steps a turn, fits).
        """
        initial, numbers = inputs[: len(self._states)], inputs[len(self._states) :]
        fits = initial[0].shape[-1]

        def body(state: tuple[Tensor, ...], wanted: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
            losses = []
            for is_wanted in wanted.unbind():
                *after, loss = self._step.stepped(state, numbers)
                state = tuple(torch.where(is_wanted, new, old) for new, old in zip(after, state, strict=True))
                losses.append(loss)
            # The lowering of a scan knows only sizes that the body names.
            history = torch.stack(losses) + torch.zeros(fits, dtype=loss.dtype, device=loss.device)
            return tuple(tensor.clone() for tensor in state), history

        state, losses = scan(body, self._step.carried(self._states, initial), wanted)
        return *self._step.states(self._states, state), losses


class Trials(torch.nn.Module):
    """A scan of the damped trials of one fit."""

    def __init__(self, step: Step, states: Sequence[Input]) -> None:
        super().__init__()
        self._step, self._states = step, states
        names = step.names(states)
        self._reported = [names.index(name) for name in ("loss", "steps", "ended")]

    def forward(self, wanted: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Do the trials that are `wanted` (turns,), and no others.

        Returns the state after them, and loss, steps and end after each, (turns,).
        """
        initial, numbers = inputs[: len(self._states)], inputs[len(self._states) :]

        def body(state: tuple[Tensor, ...], wanted: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            after = zip(self._step.stepped(state, numbers), state, strict=True)
            state = tuple(torch.where(wanted, new, old) for new, old in after)
            return tuple(tensor.clone() for tensor in state), tuple(state[place].clone() for place in self._reported)

        state, reports = scan(body, self._step.carried(self._states, initial), wanted)
        return *self._step.states(self._states, state), *reports

"""Traced steps as modules that can be exported: by themselves or in loops, written out row by row where they can be."""

import math
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch._higher_order_ops.scan import scan
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.compiled.inputs import Input
from app.fitting.compiled.rows import NotByRowsError, RowByRow, Rows, rows_of

Program = Callable[..., tuple[Tensor, ...]]


class Called(torch.nn.Module):
    """A program of any number of tensors."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What the program tells."""
        return tuple(self._program(*inputs))


class WrittenOut:
    """A step that works on rows. Raises NotByRowsError."""

    def __init__(self, step: GraphModule, inputs: Sequence[Input], examples: Sequence[Tensor]) -> None:
        self.inputs = inputs
        self._outputs: list[Rows] = []

        def by_rows(*rows: Tensor) -> tuple[Tensor, ...]:
            self._outputs = list(RowByRow(step).run(*put_together(inputs, iter(rows))))
            return tuple(row for part in self._outputs for row in part)

        self.of_rows = make_fx(by_rows, tracing_mode="symbolic")(*rows_of_all(inputs, examples))
        """All rows of the inputs -> all rows of the outputs."""

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """As the step that is written out."""
        left = iter(self.of_rows(*rows_of_all(self.inputs, inputs)))
        built = [Rows.built(one.entries.shape, one.long, lambda _index: next(left)) for one in self._outputs]
        return tuple(rows.tensor() for rows in built)


def rows_of_all(inputs: Sequence[Input], tensors: Sequence[Tensor]) -> list[Tensor]:
    """All rows of some inputs."""
    together = zip(inputs, tensors, strict=True)
    return [row for one, tensor in together for row in rows_of(tensor, one.long is not None)]


def put_together(inputs: Sequence[Input], rows: Iterator[Tensor]) -> list[Rows]:
    """Some inputs from all of their rows."""
    return [Rows.built(one.known, one.long, lambda _index: next(rows)) for one in inputs]


def written_out(step: GraphModule, inputs: Sequence[Input], examples: Sequence[Tensor]) -> Program:
    """The step, on rows where it can be."""
    try:
        return WrittenOut(step, inputs, examples)
    except NotByRowsError:
        return step


class Loop(torch.nn.Module):
    """A scan of a step that changes the first `states` of its inputs, written out or not; it also tells a loss."""

    def __init__(self, step: Program, states: Sequence[Input]) -> None:
        super().__init__()
        self._step, self._states = step, states

    def forward(self, wanted: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The steps that are `wanted`, (turns, steps a turn), and no others: state, losses (turns, steps a turn)."""
        given, numbers = inputs[: len(self._states)], inputs[len(self._states) :]
        fits = given[0].shape[-1]

        def body(state: tuple[Tensor, ...], wanted: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
            losses = []
            for is_wanted in wanted.unbind():
                *after, loss = self._stepped(state, numbers)
                state = tuple(torch.where(is_wanted, new, old) for new, old in zip(after, state, strict=True))
                losses.append(loss)
            # The lowering of a scan knows only sizes that the body names.
            history = torch.stack(losses) + torch.zeros(fits, dtype=loss.dtype, device=loss.device)
            return tuple(part.clone() for part in state), history

        state, losses = scan(body, self._carried(given), wanted)
        return *self._tensors(state), losses

    def _carried(self, given: Sequence[Tensor]) -> tuple[Tensor, ...]:
        if not isinstance(self._step, WrittenOut):
            return tuple(given)
        # No two tensors that a scan carries may be views of one.
        return tuple(row.clone() for row in rows_of_all(self._states, given))

    def _stepped(self, state: Sequence[Tensor], numbers: Sequence[Tensor]) -> Sequence[Tensor]:
        if not isinstance(self._step, WrittenOut):
            return self._step(*state, *numbers)
        rows: Sequence[Tensor] = self._step.of_rows(
            *state, *rows_of_all(self._step.inputs[len(self._states) :], numbers)
        )
        return rows

    def _tensors(self, state: Sequence[Tensor]) -> tuple[Tensor, ...]:
        if not isinstance(self._step, WrittenOut):
            return tuple(state)
        return tuple(rows.tensor() for rows in put_together(self._states, iter(state)))


class Trials(Loop):
    """A scan of the damped trials of one fit."""

    def forward(self, wanted: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The trials that are `wanted`, (turns,): state, and loss, steps and end after each, (turns,)."""
        given, numbers = inputs[: len(self._states)], inputs[len(self._states) :]
        names = [name for one, count in zip(self._states, self._counts(), strict=True) for name in [one.name] * count]
        places = [names.index(name) for name in ("loss", "steps", "ended")]

        def body(state: tuple[Tensor, ...], wanted: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
            after = zip(self._stepped(state, numbers), state, strict=True)
            state = tuple(torch.where(wanted, new, old) for new, old in after)
            return tuple(part.clone() for part in state), tuple(state[place].clone() for place in places)

        state, told = scan(body, self._carried(given), wanted)
        return *self._tensors(state), *told

    def _counts(self) -> list[int]:
        """Of the tensors that each state is carried as."""
        is_written_out = isinstance(self._step, WrittenOut)
        return [math.prod(one.known) if is_written_out else 1 for one in self._states]

"""Traced steps as a scan takes them: as they stand, or written out row by row where they can be."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from torch import Tensor
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.programs.inputs import Input
from app.fitting.programs.rows import NotByRowsError, RowByRow, Rows, rows_of

Program = Callable[..., tuple[Tensor, ...]]


class Step(Protocol):
    """A step as a scan takes it: what it carries are the states, the first inputs, as tensors of its own choice."""

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """By itself: inputs -> outputs."""

    def names(self, states: Sequence[Input]) -> list[str]:
        """Of the state that each tensor carried belongs to."""

    def carried(self, states: Sequence[Input], given: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The states as they are carried."""

    def stepped(self, carried: Sequence[Tensor], numbers: Sequence[Tensor]) -> Sequence[Tensor]:
        """One step: what is carried, and what else it tells."""

    def states(self, states: Sequence[Input], carried: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """As they were given."""


class AsItStands:
    """A step that carries each state as one tensor."""

    def __init__(self, step: Program) -> None:
        self._step = step

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs -> outputs."""
        return tuple(self._step(*inputs))

    def names(self, states: Sequence[Input]) -> list[str]:
        """One each."""
        return [one.name for one in states]

    def carried(self, _states: Sequence[Input], given: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """As they are."""
        return tuple(given)

    def stepped(self, carried: Sequence[Tensor], numbers: Sequence[Tensor]) -> Sequence[Tensor]:
        """The same as the step."""
        return self._step(*carried, *numbers)

    def states(self, _states: Sequence[Input], carried: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """As they are."""
        return tuple(carried)


class WrittenOut:
    """A step that carries and works on rows. Raises NotByRowsError."""

    def __init__(self, step: GraphModule, inputs: Sequence[Input], examples: Sequence[Tensor]) -> None:
        self._inputs = inputs
        self._outputs: list[Rows] = []

        def by_rows(*rows: Tensor) -> tuple[Tensor, ...]:
            self._outputs = list(RowByRow(step).run(*put_together(inputs, iter(rows))))
            return tuple(row for part in self._outputs for row in part)

        # All rows of the inputs -> all rows of the outputs.
        self._of_rows = make_fx(by_rows, tracing_mode="symbolic")(*rows_of_all(inputs, examples))

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs -> outputs."""
        left = iter(self._of_rows(*rows_of_all(self._inputs, inputs)))
        built = [Rows.built(one.entries.shape, one.long, lambda _index: next(left)) for one in self._outputs]
        return tuple(rows.tensor() for rows in built)

    def names(self, states: Sequence[Input]) -> list[str]:
        """As often as it has rows."""
        return [one.name for one in states for _ in range(math.prod(one.known))]

    def carried(self, states: Sequence[Input], given: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """All rows."""
        # No two tensors that a scan carries may be views of one.
        return tuple(row.clone() for row in rows_of_all(states, given))

    def stepped(self, carried: Sequence[Tensor], numbers: Sequence[Tensor]) -> Sequence[Tensor]:
        """Rows -> rows."""
        rows: Sequence[Tensor] = self._of_rows(
            *carried, *rows_of_all(self._inputs[len(self._inputs) - len(numbers) :], numbers)
        )
        return rows

    def states(self, states: Sequence[Input], carried: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """From all rows."""
        return tuple(rows.tensor() for rows in put_together(states, iter(carried)))


def rows_of_all(inputs: Sequence[Input], tensors: Sequence[Tensor]) -> list[Tensor]:
    """All rows of some inputs."""
    together = zip(inputs, tensors, strict=True)
    return [row for one, tensor in together for row in rows_of(tensor, one.long is not None)]


def put_together(inputs: Sequence[Input], rows: Iterator[Tensor]) -> list[Rows]:
    """Some inputs from all of their rows."""
    return [Rows.built(one.known, one.long, lambda _index: next(rows)) for one in inputs]


def written_out(step: GraphModule, inputs: Sequence[Input], examples: Sequence[Tensor]) -> Step:
    """The step, on rows where it can be."""
    try:
        return WrittenOut(step, inputs, examples)
    except NotByRowsError:
        return AsItStands(step)

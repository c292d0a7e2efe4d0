"""Traced steps in the form that a scan takes: unchanged, or written out row by row where that is possible."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from torch import Tensor
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.programs.inputs import Input
from app.fitting.programs.rows import NotByRowsError, RowByRow, Rows, rows_of

Program = Callable[..., tuple[Tensor, ...]]
"""Function of plain tensors that can be traced and becomes a program."""


class Step(Protocol):
    """A step for a scan: it carries the states, which are its first inputs, as tensors of its own choice."""

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of the step, outside of a scan."""

    def names(self, states: Sequence[Input]) -> list[str]:
        """Return for each carried tensor the name of the state that it belongs to."""

    def carried(self, states: Sequence[Input], tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the tensors that are carried for the tensors of the states."""

    def stepped(self, carried: Sequence[Tensor], numbers: Sequence[Tensor]) -> Sequence[Tensor]:
        """Take one step; return the carried tensors after it, and then its other outputs."""

    def states(self, states: Sequence[Input], carried: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the tensors of the states for the carried ones."""


class AsItStands:
    """A step that carries each state as one tensor."""

    def __init__(self, step: Program) -> None:
        self._step = step

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of the step."""
        return tuple(self._step(*inputs))

    def names(self, states: Sequence[Input]) -> list[str]:
        """Return the name of each state."""
        return [spec.name for spec in states]

    def carried(self, _states: Sequence[Input], tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the tensors unchanged."""
        return tuple(tensors)

    def stepped(self, carried: Sequence[Tensor], numbers: Sequence[Tensor]) -> Sequence[Tensor]:
        """Return the outputs of the step."""
        return self._step(*carried, *numbers)

    def states(self, _states: Sequence[Input], carried: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the tensors unchanged."""
        return tuple(carried)


class WrittenOut:
    """A step that carries and works on rows. Raises NotByRowsError where the step can't be written out."""

    def __init__(self, step: GraphModule, inputs: Sequence[Input], examples: Sequence[Tensor]) -> None:
        self._inputs = inputs
        self._outputs: list[Rows] = []

        def by_rows(*rows: Tensor) -> tuple[Tensor, ...]:
            self._outputs = list(RowByRow(step).run(*put_together(inputs, iter(rows))))
            return tuple(row for output in self._outputs for row in output)

        # All rows of the inputs -> all rows of the outputs.
        self._of_rows = make_fx(by_rows, tracing_mode="symbolic")(*rows_of_all(inputs, examples))

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs of the step."""
        left = iter(self._of_rows(*rows_of_all(self._inputs, inputs)))
        built = [Rows.built(output.entries.shape, output.long, lambda _index: next(left)) for output in self._outputs]
        return tuple(rows.tensor() for rows in built)

    def names(self, states: Sequence[Input]) -> list[str]:
        """Return the name of each state, as often as it has rows."""
        return [spec.name for spec in states for _ in range(math.prod(spec.known))]

    def carried(self, states: Sequence[Input], tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return all rows of the tensors."""
        # No two tensors that a scan carries may be views of one.
        return tuple(row.clone() for row in rows_of_all(states, tensors))

    def stepped(self, carried: Sequence[Tensor], numbers: Sequence[Tensor]) -> Sequence[Tensor]:
        """Return the rows after the step, and then the rows of its other outputs."""
        rows: Sequence[Tensor] = self._of_rows(
            *carried, *rows_of_all(self._inputs[len(self._inputs) - len(numbers) :], numbers)
        )
        return rows

    def states(self, states: Sequence[Input], carried: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the tensors that have these rows."""
        return tuple(rows.tensor() for rows in put_together(states, iter(carried)))


def rows_of_all(inputs: Sequence[Input], tensors: Sequence[Tensor]) -> list[Tensor]:
    """Return all rows of the tensors of some inputs."""
    together = zip(inputs, tensors, strict=True)
    return [row for spec, tensor in together for row in rows_of(tensor, spec.long is not None)]


def put_together(inputs: Sequence[Input], rows: Iterator[Tensor]) -> list[Rows]:
    """Return the tensors of some inputs from all of their rows."""
    return [Rows.built(spec.known, spec.long, lambda _index: next(rows)) for spec in inputs]


def written_out(step: GraphModule, inputs: Sequence[Input], examples: Sequence[Tensor]) -> Step:
    """Return the step written out on rows, or unchanged where it can't be written out."""
    try:
        return WrittenOut(step, inputs, examples)
    except NotByRowsError:
        return AsItStands(step)

"""A traced step written out row by row: every tensor becomes one tensor (fits,) for each entry of its other axes.

All of a step is then elementwise over the fits, which the compiler makes one pass over them, with what is between held
in registers. As tensors with several axes, each would be allocated, written and read again: for a single fit that takes
longer than its arithmetic.
"""

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.fx import GraphModule, Interpreter, Node

MOST_ROWS = 64
"""Entries of a tensor up to which the code stays of a bearable length."""

_aten = torch.ops.aten


class NotByRowsError(Exception):
    """The step has something that is not elementwise over the fits, or has too many rows."""


class Rows:
    """A tensor (..., fits) as an array (...) of tensors (fits,)."""

    def __init__(self, entries: Any) -> None:
        self.entries = entries
        if isinstance(entries, Tensor):
            # What numpy gives of an array without axes is what is in it.
            self.entries = np.empty((), dtype=object)
            self.entries[()] = entries

    @classmethod
    def built(cls, shape: Sequence[Any], entry: Callable[[tuple[int, ...]], Tensor]) -> "Rows":
        """An entry for each index."""
        sizes = _whole(shape)
        if math.prod(sizes) > MOST_ROWS:
            raise NotByRowsError(f"too many rows: {shape}")
        entries = np.empty(sizes, dtype=object)
        for index in product(*map(range, sizes)):
            entries[index] = entry(index)
        return cls(entries)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.entries.flat)

    def tensor(self) -> Tensor:
        """As it was."""
        rows = list(self)
        return torch.stack(rows).reshape(*self.entries.shape, -1) if self.entries.ndim else rows[0]


def _whole(shape: Sequence[Any]) -> tuple[int, ...]:
    """Sizes as they were traced with: those of axes other than fits and points were taken for variable too."""
    return tuple(map(int, shape))


def rows_of(tensor: Tensor) -> Sequence[Tensor]:
    """The rows (fits,) of a tensor (..., fits)."""
    return [tensor] if tensor.ndim == 1 else tensor.flatten(0, -2).unbind()


_Value: TypeAlias = Any
"""Rows, a tensor without axes, a number, or a list of them."""


class RowByRow(Interpreter):
    """Runs a traced step on rows. Raises NotByRowsError."""

    def __init__(self, step: GraphModule) -> None:
        super().__init__(step, garbage_collect_values=False)

    def run_node(self, n: Node) -> _Value:
        """One operation."""
        if n.op != "call_function":
            return super().run_node(n)
        arguments, named = self.fetch_args_kwargs_from_env(n)
        if n.target is operator.getitem:
            return arguments[0][arguments[1]]
        if n.target in _STRUCTURE:
            return _STRUCTURE[n.target](n, *arguments, **named)
        if torch.Tag.pointwise in getattr(n.target, "tags", ()) or n.target in _EACH:
            return _elementwise(n, arguments, named)
        if any(isinstance(argument, Rows) for argument in arguments):
            raise NotByRowsError(str(n.target))
        return super().run_node(n)


_EACH = {_aten.detach.default, _aten.clone.default, _aten.alias.default, _aten.ones_like.default}
_EACH |= {_aten.zeros_like.default}


def _elementwise(node: Node, arguments: tuple[_Value, ...], named: dict[str, _Value]) -> _Value:
    operation: Any = node.target
    if not any(isinstance(argument, Rows) for argument in arguments):
        return operation(*arguments, **named)
    shape = node.meta["val"].shape[:-1]
    spread = [np.broadcast_to(one.entries, _whole(shape)) if isinstance(one, Rows) else one for one in arguments]

    def entry(index: tuple[int, ...]) -> Tensor:
        parts = [part[index] if isinstance(one, Rows) else one for one, part in zip(arguments, spread, strict=True)]
        found: Tensor = operation(*parts, **named)
        return found

    return Rows.built(shape, entry)


def _axis(node: Node, axis: int, added: int = 0) -> int:
    """An axis before that of the fits, counted from the first."""
    (source, *_) = node.args
    first = source[0] if isinstance(source, list | tuple) else source
    count = first.meta["val"].ndim + added  # type: ignore[union-attr]
    axis = axis % count
    if axis == count - 1:
        raise NotByRowsError(f"{node.target} along the fits")
    return axis


def _unbound(node: Node, rows: Rows, axis: int = 0) -> list[Rows]:
    axis = _axis(node, axis)
    return [Rows(rows.entries.take(k, axis)) for k in range(rows.entries.shape[axis])]


def _selected(node: Node, rows: Rows, axis: int, index: int) -> Rows:
    return Rows(rows.entries.take(index, _axis(node, axis)))


def _stacked(node: Node, parts: list[Rows], axis: int = 0) -> Rows:
    return Rows(np.stack([part.entries for part in parts], _axis(node, axis, 1)))


def _joined(node: Node, parts: list[Rows], axis: int = 0) -> Rows:
    return Rows(np.concatenate([part.entries for part in parts], _axis(node, axis)))


def _unsqueezed(node: Node, rows: Rows, axis: int) -> Rows:
    return Rows(np.expand_dims(rows.entries, _axis(node, axis, 1)))


def _expanded(node: Node, value: Rows | Tensor, sizes: Sequence[Any], **_named: Any) -> Rows:
    shape = node.meta["val"].shape[:-1]
    rows = value if isinstance(value, Rows) else Rows.built((), lambda _index: value)
    entries = np.broadcast_to(rows.entries, _whole(shape))
    return Rows.built(shape, lambda index: entries[index].expand(sizes[-1]))


def _reshaped(node: Node, rows: Rows, _sizes: Sequence[Any]) -> Rows:
    (source, *_) = node.args
    before, after = (_whole(one.meta["val"].shape) for one in (source, node))  # type: ignore[union-attr]
    if before[-1] != after[-1]:
        raise NotByRowsError("a reshape along the fits")
    return Rows(rows.entries.reshape(after[:-1]))


def _summed(node: Node, rows: Rows, axes: Sequence[int], keep: bool = False) -> Rows:
    entries = rows.entries
    for axis in sorted((_axis(node, axis) for axis in axes), reverse=True):
        parts = [entries.take(k, axis) for k in range(entries.shape[axis])]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        entries = np.expand_dims(Rows(total).entries, axis) if keep else total
    return Rows(entries)


def _total(_node: Node, value: Rows | Tensor) -> Tensor:
    return value.sum() if isinstance(value, Tensor) else sum(row.sum() for row in value)  # type: ignore[return-value]


def _size(node: Node, value: Rows, axis: int) -> Any:
    (source, *_) = node.args
    if axis % source.meta["val"].ndim != source.meta["val"].ndim - 1:  # type: ignore[union-attr]
        return value.entries.shape[axis]
    return next(iter(value)).shape[-1]


_STRUCTURE: dict[Any, Callable[..., _Value]] = {
    _aten.unbind.int: _unbound,
    _aten.select.int: _selected,
    _aten.stack.default: _stacked,
    _aten.cat.default: _joined,
    _aten.unsqueeze.default: _unsqueezed,
    _aten.expand.default: _expanded,
    _aten.view.default: _reshaped,
    _aten.sum.dim_IntList: _summed,
    _aten.sum.default: _total,
    _aten.sym_size.int: _size,
}

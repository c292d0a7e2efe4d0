"""A traced step written out row by row: every tensor becomes one tensor for each entry of its axes of known lengths.

What is left of a tensor is its long axis, that of the fits that train side by side, or of the points of a single fit;
or nothing. All of a step is then elementwise over the long axis, or a sum along it, which the compiler makes one pass,
with what is between held in registers. As tensors with several axes, each would be allocated, written and read again:
for a single fit that takes longer than its arithmetic.
"""

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.fx import GraphModule, Interpreter, Node

MOST_ROWS = 64
"""Entries of a tensor up to which the code stays of a bearable length; an axis that is longer is a long axis."""

_aten = torch.ops.aten


class NotByRowsError(Exception):
    """The step has something that can't be done row by row, or has too many rows."""


class Rows:
    """A tensor as an array of tensors, one for each entry of all its axes but the long one, if it has that."""

    def __init__(self, entries: Any, long: int | None) -> None:
        self.entries = entries
        self.long = long
        """Which axis of the tensor is the long one."""
        if isinstance(entries, Tensor):
            # What numpy gives of an array without axes is what is in it.
            self.entries = np.empty((), dtype=object)
            self.entries[()] = entries

    @classmethod
    def built(cls, shape: Sequence[int], long: int | None, entry: Callable[[tuple[int, ...]], Tensor]) -> "Rows":
        """An entry for each index of the axes of known lengths, `shape`."""
        if math.prod(shape) > MOST_ROWS:
            raise NotByRowsError(f"too many rows: {shape}")
        entries = np.empty(shape, dtype=object)
        for index in product(*map(range, shape)):
            entries[index] = entry(index)
        return cls(entries, long)

    @classmethod
    def of(cls, tensor: Tensor) -> "Rows":
        """A tensor that no step has written out yet. Raises NotByRowsError."""
        shape, long = _axes(tensor)
        rows = iter(rows_of(tensor if long is None else tensor.movedim(long, -1), long is not None))
        return cls.built(shape, long, lambda _index: next(rows))

    @property
    def ndim(self) -> int:
        """Axes of the tensor."""
        return int(self.entries.ndim) + (self.long is not None)

    def axis(self, axis: int, added: int = 0) -> int:
        """Of the entries, for an axis of the tensor, or of that with so many axes `added`. Raises NotByRowsError."""
        axis %= self.ndim + added
        if axis == self.long:
            raise NotByRowsError("along the long axis")
        return axis - (self.long is not None and axis > self.long)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.entries.flat)

    def tensor(self) -> Tensor:
        """As it was, with the long axis at the end."""
        rows = list(self)
        if not self.entries.ndim:
            return rows[0]
        return torch.stack(rows).reshape(*self.entries.shape, *([-1] if self.long is not None else []))


def rows_of(tensor: Tensor, has_long: bool) -> Sequence[Tensor]:
    """The rows of a tensor, whose long axis is its last, if it has one."""
    known = tensor.ndim - has_long
    return [tensor] if known == 0 else tensor.flatten(0, known - 1).unbind()


def _axes(tensor: Tensor) -> tuple[list[int], int | None]:
    """Lengths of the axes but the long one, and which one that is, as they were traced with. Raises NotByRowsError."""
    sizes = [int(size) for size in tensor.shape]
    long = [axis for axis, size in enumerate(sizes) if size > MOST_ROWS]
    if len(long) > 1:
        raise NotByRowsError("two long axes")
    return [size for size in sizes if size <= MOST_ROWS], long[0] if long else None


_Value: TypeAlias = Any
"""Rows, a number, or a list of them."""


class RowByRow(Interpreter):
    """Runs a traced step on rows. Raises NotByRowsError."""

    def __init__(self, step: GraphModule) -> None:
        super().__init__(step, garbage_collect_values=False)

    def run_node(self, n: Node) -> _Value:
        """One operation."""
        if n.op != "call_function":
            found = super().run_node(n)
            return Rows.of(found) if isinstance(found, Tensor) else found
        arguments, named = self.fetch_args_kwargs_from_env(n)
        if n.target is operator.getitem:
            return arguments[0][arguments[1]]
        if n.target in _STRUCTURE:
            return _STRUCTURE[n.target](n, *arguments, **named)
        if torch.Tag.pointwise in getattr(n.target, "tags", ()) or n.target in _EACH:
            return _elementwise(n, arguments, named)
        if any(isinstance(argument, Rows) for argument in arguments):
            raise NotByRowsError(str(n.target))
        found = super().run_node(n)
        return Rows.of(found) if isinstance(found, Tensor) else found


_EACH = {_aten.detach.default, _aten.clone.default, _aten.alias.default, _aten.ones_like.default}
_EACH |= {_aten.zeros_like.default, _aten._to_copy.default}


def _elementwise(node: Node, arguments: tuple[_Value, ...], named: dict[str, _Value]) -> _Value:
    operation: Any = node.target
    if not any(isinstance(argument, Rows) for argument in arguments):
        return operation(*arguments, **named)
    value = node.meta["val"]
    shape, long = _axes(value)
    spread = [_spread(one, value.ndim, shape, long) if isinstance(one, Rows) else one for one in arguments]

    def entry(index: tuple[int, ...]) -> Tensor:
        parts = [part[index] if isinstance(one, Rows) else one for one, part in zip(arguments, spread, strict=True)]
        found: Tensor = operation(*parts, **named)
        return found

    return Rows.built(shape, long, entry)


def _spread(rows: Rows, ndim: int, shape: Sequence[int], long: int | None) -> Any:
    """Entries as those of a tensor of these axes, to which its own broadcast."""
    added = ndim - rows.ndim
    if rows.long is not None and rows.long + added != long:
        raise NotByRowsError("long axes that do not match")
    entries = rows.entries if rows.long is None else np.expand_dims(rows.entries, rows.long)
    entries = entries.reshape((1,) * added + entries.shape)
    return np.broadcast_to(entries if long is None else entries.squeeze(long), tuple(shape))


def _unbound(_node: Node, rows: Rows, axis: int = 0) -> list[Rows]:
    count = rows.entries.shape[rows.axis(axis)]
    return [_selected(_node, rows, axis, k) for k in range(count)]


def _selected(_node: Node, rows: Rows, axis: int, index: int) -> Rows:
    long = rows.long
    if long is not None and axis % rows.ndim < long:
        long -= 1
    return Rows(rows.entries.take(index, rows.axis(axis)), long)


def _sliced(_node: Node, rows: Rows, axis: int = 0, begin: int | None = None, end: Any = None, step: int = 1) -> Rows:
    if axis % rows.ndim == rows.long:
        if begin or step != 1 or not isinstance(end, int) or end < np.iinfo(np.int64).max:
            raise NotByRowsError("a slice along the long axis")
        return rows
    chosen: list[Any] = [slice(None)] * rows.entries.ndim
    chosen[rows.axis(axis)] = slice(begin, end, step)
    return Rows(rows.entries[tuple(chosen)], rows.long)


def _stacked(_node: Node, parts: list[Rows], axis: int = 0) -> Rows:
    (first, *_) = parts
    axis %= first.ndim + 1
    long = first.long if first.long is None or axis > first.long else first.long + 1
    return Rows(np.stack([part.entries for part in parts], axis - (long is not None and axis > long)), long)


def _joined(_node: Node, parts: list[Rows], axis: int = 0) -> Rows:
    (first, *_) = parts
    return Rows(np.concatenate([part.entries for part in parts], first.axis(axis)), first.long)


def _unsqueezed(_node: Node, rows: Rows, axis: int) -> Rows:
    axis %= rows.ndim + 1
    long = rows.long if rows.long is None or axis > rows.long else rows.long + 1
    return Rows(np.expand_dims(rows.entries, axis - (long is not None and axis > long)), long)


def _expanded(node: Node, rows: Rows, sizes: Sequence[Any], **_named: Any) -> Rows:
    shape, long = _axes(node.meta["val"])
    if rows.long is not None or long is None:
        entries = _spread(rows, len(sizes), shape, long)
        return Rows.built(shape, long, lambda index: entries[index])
    # A number for all of the long axis.
    entries = rows.entries.reshape((1,) * (len(sizes) - rows.ndim) + rows.entries.shape)
    entries = np.broadcast_to(entries.squeeze(long), tuple(shape))
    return Rows.built(shape, long, lambda index: entries[index].expand(sizes[long]))


def _reshaped(node: Node, rows: Rows, _sizes: Sequence[Any]) -> Rows:
    shape, long = _axes(node.meta["val"])
    if rows.long is not None and (rows.long, long) != (rows.ndim - 1, node.meta["val"].ndim - 1):
        raise NotByRowsError("a reshape of the long axis")
    return Rows(rows.entries.reshape(shape), long)


def _permuted(_node: Node, rows: Rows, order: Sequence[int]) -> Rows:
    order = [axis % rows.ndim for axis in order]
    long = None if rows.long is None else order.index(rows.long)
    return Rows(rows.entries.transpose([rows.axis(axis) for axis in order if axis != rows.long]), long)


def _transposed(node: Node, rows: Rows, one: int = 0, other: int = 1) -> Rows:
    order = list(range(rows.ndim))
    if rows.ndim > 1:
        order[one], order[other] = order[other], order[one]
    return _permuted(node, rows, order)


def _along(combine: Callable[[Any, Any], Any], of_row: Callable[[Tensor], Tensor]) -> Callable[..., Rows]:
    """A reduction of two to one, along any axes; of a row along the long axis by `of_row`."""

    def reduced(_node: Node, rows: Rows, axes: int | Sequence[int], keep: bool = False) -> Rows:
        chosen = [axis % rows.ndim for axis in ([axes] if isinstance(axes, int) else axes)]
        known = [rows.axis(axis) for axis in chosen if axis != rows.long]
        entries = np.moveaxis(rows.entries, known, range(-len(known), 0))
        along_long = rows.long in chosen

        def entry(index: tuple[int, ...]) -> Tensor:
            found: Tensor = reduce(combine, Rows(entries[index], None))
            return of_row(found) if along_long else found

        long = rows.long
        if long is not None:
            long = None if along_long else long - sum(axis < long for axis in chosen)
        found = Rows.built(entries.shape[: entries.ndim - len(known)], long, entry)
        for axis in sorted(chosen) if keep else ():
            found = _unsqueezed(_node, found, axis)
        return found

    return reduced


def _total(node: Node, rows: Rows) -> Rows:
    return _summed(node, rows, range(rows.ndim)) if rows.ndim else rows


def _size(_node: Node, rows: Rows, axis: int) -> Any:
    axis %= rows.ndim
    return next(iter(rows)).shape[0] if axis == rows.long else rows.entries.shape[rows.axis(axis)]


_summed = _along(operator.add, lambda row: row.sum(0))

_STRUCTURE: dict[Any, Callable[..., _Value]] = {
    _aten.unbind.int: _unbound,
    _aten.select.int: _selected,
    _aten.slice.Tensor: _sliced,
    _aten.stack.default: _stacked,
    _aten.cat.default: _joined,
    _aten.unsqueeze.default: _unsqueezed,
    _aten.expand.default: _expanded,
    _aten.view.default: _reshaped,
    _aten.permute.default: _permuted,
    _aten.transpose.int: _transposed,
    _aten.t.default: _transposed,
    _aten.numpy_T.default: _transposed,
    _aten.sum.dim_IntList: _summed,
    _aten.sum.default: _total,
    _aten.all.dim: _along(operator.and_, lambda row: row.all(0)),
    _aten.any.dim: _along(operator.or_, lambda row: row.any(0)),
    _aten.amin.default: _along(torch.minimum, lambda row: row.amin(0)),
    _aten.sym_size.int: _size,
}

"""A traced step written out row by row: every tensor becomes one tensor for each entry of its axes of known lengths.

A row keeps only the tensor's long axis, if there is one: that of the fits that train side by side, or of the points of
a single fit. All of a step is then elementwise over the long axis, or a sum along it; the compiler makes one pass of
it, with intermediate values held in registers. Tensors with several axes would each be allocated, written and read
again: for a single fit that takes longer than its arithmetic.
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
"""Most rows of a tensor, so that the code keeps a bearable length; an axis that is longer is a long axis."""

_aten = torch.ops.aten


class NotByRowsError(Exception):
    """The step can't be done row by row, or has too many rows."""


class Rows:
    """A tensor as an array of rows, one for each entry of the axes of known lengths."""

    def __init__(self, entries: Any, long: int | None) -> None:
        self.entries = entries
        self.long = long
        """Number of the long axis of the tensor; None if it has none."""
        if isinstance(entries, Tensor):
            # An index into an array without axes gives its only entry, and no array.
            self.entries = np.empty((), dtype=object)
            self.entries[()] = entries

    @classmethod
    def built(cls, shape: Sequence[int], long: int | None, entry: Callable[[tuple[int, ...]], Tensor]) -> "Rows":
        """Return rows with an entry for each index of the axes of known lengths, `shape`."""
        if math.prod(shape) > MOST_ROWS:
            raise NotByRowsError(f"too many rows: {shape}")
        entries = np.empty(shape, dtype=object)
        for index in product(*map(range, shape)):
            entries[index] = entry(index)
        return cls(entries, long)

    @classmethod
    def of(cls, tensor: Tensor) -> "Rows":
        """Return the rows of a tensor. Raise NotByRowsError where it has too many, or two long axes."""
        shape, long = _axes(tensor)
        rows = iter(rows_of(tensor if long is None else tensor.movedim(long, -1), long is not None))
        return cls.built(shape, long, lambda _index: next(rows))

    @property
    def ndim(self) -> int:
        """Return the number of axes of the tensor."""
        return int(self.entries.ndim) + (self.long is not None)

    def axis(self, axis: int, added: int = 0) -> int:
        """Return the axis of the entries for an axis of the tensor, to which so many axes may be `added`.

        Raises NotByRowsError for the long axis.
        """
        axis %= self.ndim + added
        if axis == self.long:
            raise NotByRowsError("along the long axis")
        return axis - (self.long is not None and axis > self.long)

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.entries.flat)

    def tensor(self) -> Tensor:
        """Return the tensor with its long axis at the end."""
        rows = list(self)
        if not self.entries.ndim:
            return rows[0]
        return torch.stack(rows).reshape(*self.entries.shape, *([-1] if self.long is not None else []))


def rows_of(tensor: Tensor, has_long: bool) -> Sequence[Tensor]:
    """Return the rows of a tensor, whose long axis is its last, if it has one."""
    known = tensor.ndim - has_long
    return [tensor] if known == 0 else tensor.flatten(0, known - 1).unbind()


def _axes(tensor: Tensor) -> tuple[list[int], int | None]:
    """Return the traced lengths of all axes but the long one, and the number of that axis; None if there is none.

    Raises NotByRowsError for two long axes.
    """
    sizes = [int(size) for size in tensor.shape]
    long = [axis for axis, size in enumerate(sizes) if size > MOST_ROWS]
    if len(long) > 1:
        raise NotByRowsError("two long axes")
    return [size for size in sizes if size <= MOST_ROWS], long[0] if long else None


_Value: TypeAlias = Any
"""Rows, a number, or a list of them."""


class RowByRow(Interpreter):
    """Runs a traced step on rows. Raises NotByRowsError for an operation that rows do not allow."""

    def __init__(self, step: GraphModule) -> None:
        super().__init__(step, garbage_collect_values=False)

    def run_node(self, n: Node) -> _Value:
        """Run one operation of the step."""
        if n.op != "call_function":
            value = super().run_node(n)
            return Rows.of(value) if isinstance(value, Tensor) else value
        arguments, named = self.fetch_args_kwargs_from_env(n)
        if n.target is operator.getitem:
            return arguments[0][arguments[1]]
        if n.target in _STRUCTURE:
            return _STRUCTURE[n.target](n, *arguments, **named)
        if torch.Tag.pointwise in getattr(n.target, "tags", ()) or n.target in _EACH:
            return _elementwise(n, arguments, named)
        if any(isinstance(argument, Rows) for argument in arguments):
            raise NotByRowsError(str(n.target))
        value = super().run_node(n)
        return Rows.of(value) if isinstance(value, Tensor) else value


_EACH = {_aten.detach.default, _aten.clone.default, _aten.alias.default, _aten.ones_like.default}
_EACH |= {_aten.zeros_like.default, _aten._to_copy.default}


def _elementwise(node: Node, arguments: tuple[_Value, ...], named: dict[str, _Value]) -> _Value:
    operation: Any = node.target
    if not any(isinstance(argument, Rows) for argument in arguments):
        return operation(*arguments, **named)
    node_value = node.meta["val"]
    shape, long = _axes(node_value)
    spread = [
        _spread(argument, node_value.ndim, shape, long) if isinstance(argument, Rows) else argument
        for argument in arguments
    ]

    def entry(index: tuple[int, ...]) -> Tensor:
        operands = [
            entries[index] if isinstance(argument, Rows) else entries
            for argument, entries in zip(arguments, spread, strict=True)
        ]
        row: Tensor = operation(*operands, **named)
        return row

    return Rows.built(shape, long, entry)


def _spread(rows: Rows, ndim: int, shape: Sequence[int], long: int | None) -> Any:
    """Return the entries, broadcast to those of a tensor with `ndim` axes and the known lengths `shape`."""
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


def _stacked(_node: Node, tensors: list[Rows], axis: int = 0) -> Rows:
    (first, *_) = tensors
    axis %= first.ndim + 1
    long = first.long if first.long is None or axis > first.long else first.long + 1
    return Rows(np.stack([tensor.entries for tensor in tensors], axis - (long is not None and axis > long)), long)


def _joined(_node: Node, tensors: list[Rows], axis: int = 0) -> Rows:
    (first, *_) = tensors
    return Rows(np.concatenate([tensor.entries for tensor in tensors], first.axis(axis)), first.long)


def _unsqueezed(_node: Node, rows: Rows, axis: int) -> Rows:
    axis %= rows.ndim + 1
    long = rows.long if rows.long is None or axis > rows.long else rows.long + 1
    return Rows(np.expand_dims(rows.entries, axis - (long is not None and axis > long)), long)


def _expanded(node: Node, rows: Rows, sizes: Sequence[Any], **_named: Any) -> Rows:
    shape, long = _axes(node.meta["val"])
    if rows.long is not None or long is None:
        entries = _spread(rows, len(sizes), shape, long)
        return Rows.built(shape, long, lambda index: entries[index])
    # Each entry is one number, the same all along the long axis.
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


def _transposed(node: Node, rows: Rows, first: int = 0, second: int = 1) -> Rows:
    order = list(range(rows.ndim))
    if rows.ndim > 1:
        order[first], order[second] = order[second], order[first]
    return _permuted(node, rows, order)


def _along(combine: Callable[[Any, Any], Any], of_row: Callable[[Tensor], Tensor]) -> Callable[..., Rows]:
    """Return a reduction along any axes, which combines two rows to one, and reduces each row itself by `of_row`."""

    def reduced(_node: Node, rows: Rows, axes: int | Sequence[int], keep: bool = False) -> Rows:
        chosen = [axis % rows.ndim for axis in ([axes] if isinstance(axes, int) else axes)]
        known = [rows.axis(axis) for axis in chosen if axis != rows.long]
        entries = np.moveaxis(rows.entries, known, range(-len(known), 0))
        along_long = rows.long in chosen

        def entry(index: tuple[int, ...]) -> Tensor:
            row: Tensor = reduce(combine, Rows(entries[index], None))
            return of_row(row) if along_long else row

        long = rows.long
        if long is not None:
            long = None if along_long else long - sum(axis < long for axis in chosen)
        result = Rows.built(entries.shape[: entries.ndim - len(known)], long, entry)
        for axis in sorted(chosen) if keep else ():
            result = _unsqueezed(_node, result, axis)
        return result

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

"""Rules of operations that only arrange numbers anew, and of tensors of one number."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from app.fitting.programs.recording import TYPES, Nodes, Rule, Translation, array

_aten = torch.ops.aten


def _arranged(arrange: Callable[..., Nodes]) -> Rule:
    """Return the rule `arrange(nodes, shape, *arguments)`; in the result's shape, axes of any length are 1."""

    def rule(translation: Translation, result: Any, tensor: Any, *arguments: Any, **options: Any) -> Nodes:
        return arrange(translation.of(tensor), translation.shrunk(result.shape), *arguments, **options)

    return rule


def _reshaped(nodes: Nodes, shape: Sequence[int], *_arguments: Any) -> Nodes:
    return nodes.reshape(shape)


def _selected(nodes: Nodes, shape: Sequence[int], axis: int, place: int) -> Nodes:
    # Of an axis of any length all places are alike.
    taken = np.asarray(nodes.take([0 if nodes.shape[axis] == 1 else place], axis))
    arranged: Nodes = taken.reshape(shape)
    return arranged


def _unbound(translation: Translation, result: Any, tensor: Any, axis: int = 0) -> Sequence[Nodes]:
    nodes = translation.of(tensor)
    return [_selected(nodes, translation.shrunk(part.shape), axis, place) for place, part in enumerate(result)]


def _sliced(translation: Translation, result: Any, tensor: Any, axis: int = 0, *places: int | None) -> Nodes:
    nodes = translation.of(tensor)
    if result.shape[axis] in translation.axes:
        return nodes
    sliced: Nodes = nodes[(slice(None),) * (axis % tensor.ndim) + (slice(*places),)]
    return sliced


def _selected_backward(
    translation: Translation, result: Any, gradient: Any, _sizes: Any, axis: int, place: int
) -> Nodes:
    nodes: Nodes = np.array(_filled(0)(translation, result))
    axis %= result.ndim
    one_place = (slice(None),) * axis + (slice(place, place + 1),)
    nodes[one_place] = np.expand_dims(translation.entries(gradient, TYPES[result.dtype]), axis)
    return nodes


def _same(translation: Translation, result: Any, tensor: Any, *_arguments: Any, **_options: Any) -> Nodes:
    return np.broadcast_to(translation.entries(tensor, TYPES[result.dtype]), translation.shrunk(result.shape))


def _copied(translation: Translation, result: Any, _target: Any, source: Any, *_arguments: Any) -> Nodes:
    return _same(translation, result, source)


def _joined(join: Callable[..., Nodes]) -> Rule:
    def rule(translation: Translation, result: Any, tensors: Sequence[Any], axis: int = 0) -> Nodes:
        return join([translation.entries(tensor, TYPES[result.dtype]) for tensor in tensors], axis)

    return rule


def _filled(number: float) -> Rule:
    def rule(translation: Translation, result: Any, *_arguments: Any, **_options: Any) -> Nodes:
        node = translation.graph.number(number, TYPES[result.dtype])
        return np.broadcast_to(array([node], ()), translation.shrunk(result.shape))

    return rule


def _filled_with(translation: Translation, result: Any, _tensor: Any, number: float, **_options: Any) -> Nodes:
    nodes: Nodes = _filled(number)(translation, result)  # type: ignore[assignment]
    return nodes


RULES: Mapping[Any, Rule] = {
    _aten.select.int: _arranged(_selected),
    _aten.select_backward.default: _selected_backward,
    _aten.unbind.int: _unbound,
    _aten.slice.Tensor: _sliced,
    _aten.transpose.int: _arranged(lambda nodes, _shape, left, right: nodes.swapaxes(left, right)),
    _aten.permute.default: _arranged(lambda nodes, _shape, order: nodes.transpose(order)),
    _aten.stack.default: _joined(np.stack),
    _aten.cat.default: _joined(np.concatenate),
    _aten.ones_like.default: _filled(1),
    _aten.zeros_like.default: _filled(0),
    _aten.empty_like.default: _filled(0),
    _aten.new_zeros.default: _filled(0),
    _aten.zero_.default: _filled(0),
    _aten.full_like.default: _filled_with,
    _aten.fill_.Scalar: _filled_with,
    _aten.copy_.default: _copied,
    **dict.fromkeys(
        (
            _aten.view.default,
            _aten._unsafe_view.default,
            _aten.unsqueeze.default,
            _aten.squeeze.dim,
            _aten.squeeze.dims,
        ),
        _arranged(_reshaped),
    ),
    **dict.fromkeys((_aten.t.default, _aten.numpy_T.default), _arranged(lambda nodes, _shape: nodes.T)),
    **dict.fromkeys(
        (
            _aten.expand.default,
            _aten.clone.default,
            _aten.detach.default,
            _aten.alias.default,
            _aten._to_copy.default,
            _aten.lift_fresh.default,
        ),
        _same,
    ),
}
"""Rules of operations that arrange numbers, and of tensors of one number."""

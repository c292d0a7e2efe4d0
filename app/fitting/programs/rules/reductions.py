"""Rules of sums, extrema and tests over an axis."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import torch

from app.fitting.programs.nodes import POINTS, SUM, Graph, Node, UnsupportedError
from app.fitting.programs.recording import TYPES, Nodes, Rule, Translation, array, mapped

_aten = torch.ops.aten
NEVER = "never"
"""The operation of what no result may follow from, such as a sum over the fits."""


def _reduced(name: str) -> Rule:
    def rule(
        translation: Translation,
        result: Any,
        tensor: Any,
        axes: int | Sequence[int] | None = None,
        keepdim: bool = False,
        **_options: Any,
    ) -> Nodes:
        graph, type_ = translation.graph, TYPES[(result if name == "add" else tensor).dtype]
        nodes = translation.entries(tensor, type_)
        chosen = [axes] if isinstance(axes, int) else axes or range(tensor.ndim)
        for axis in sorted((axis % tensor.ndim for axis in chosen), reverse=True):
            long = translation.axes.get(tensor.shape[axis])
            parts = [_at(nodes, place, axis) for place in range(nodes.shape[axis])]
            if long is not None:
                nodes = mapped(lambda node, long=long: _over_all(graph, name, long, node), parts[0])
            else:
                nodes = reduce(lambda left, right: mapped(_joined(graph, name), left, right), parts)
            nodes = np.expand_dims(nodes, axis) if keepdim else nodes
        return nodes

    return rule


def _over_all(graph: Graph, name: str, axis: int, node: Node) -> Node:
    """Return a reduction over an axis of any length."""
    if axis != POINTS:
        # Fits do not know of each other. The sum that a backward begins with is never worked out.
        return graph.node(NEVER, node.type, node, value=name)
    if name != "add":
        raise UnsupportedError(f"{name} over the points")
    if node.axes & POINTS:
        return graph.node(SUM, node.type, node)
    if graph.points is None:
        raise UnsupportedError("a sum over the points of a number that is the same at all, without their count")
    return graph.apply("mul", node.type, node, graph.cast(graph.points, node.type))


def _joined(graph: Graph, name: str) -> Any:
    return lambda left, right: graph.apply(name, left.type, left, right)


def _at(nodes: Nodes, place: int, axis: int) -> Nodes:
    taken = nodes.take(place, axis)
    return taken if isinstance(taken, np.ndarray) else array([taken], ())


RULES: Mapping[Any, Rule] = {
    _aten.sum.default: _reduced("add"),
    _aten.sum.dim_IntList: _reduced("add"),
    _aten.amin.default: _reduced("minimum"),
    _aten.amax.default: _reduced("maximum"),
    _aten.all.dim: _reduced("and"),
    _aten.any.dim: _reduced("or"),
}
"""Rules of reductions."""

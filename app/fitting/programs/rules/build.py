"""Rules of operations that work number by number."""

from collections.abc import Callable
from typing import Any

import torch

from app.fitting.programs.nodes import TRUTH, Graph, Node
from app.fitting.programs.recording import TYPES, Nodes, Rule, Translation, mapped

COMPARISONS = frozenset({"gt", "ge", "lt", "le", "eq", "ne"})
"""Operations whose result is true or false."""


class Build:
    """Writes operations on nodes of one type, with plain numbers among them."""

    def __init__(self, graph: Graph, type_: str) -> None:
        self._graph, self._type = graph, type_

    def __call__(self, operation: str, *arguments: Node | float) -> Node:
        """Return the node of an operation."""
        nodes = [self.node(argument) for argument in arguments]
        if operation in COMPARISONS:
            return self._graph.node(operation, TRUTH, *nodes)
        return self._graph.apply(operation, self._type, *nodes)

    def node(self, number: Node | float) -> Node:
        """Return a number as a node, and a node unchanged."""
        return number if isinstance(number, Node) else self._graph.number(number, self._type)

    def where(self, condition: Node, chosen: Node | float, other: Node | float) -> Node:
        """Return `chosen` where the condition holds, `other` elsewhere."""
        return self("where", condition, chosen, other)

    def known(self, operation: str, *arguments: Node) -> Node | None:
        """Return the node of an operation if it is there."""
        return self._graph.find(operation, self._type, *arguments)

    def reciprocal(self, node: Node) -> Node:
        """Return 1 divided by a node."""
        return self("div", 1.0, node)


def elementwise(build: Callable[..., Node]) -> Rule:
    """Return the rule `build(Build, *nodes)`, for the numbers of arguments that broadcast, all of the result's type."""

    def rule(translation: Translation, result: Any, *arguments: Any, **_options: Any) -> Nodes:
        type_ = TYPES[result.dtype]
        write = Build(translation.graph, type_)
        arrays = [translation.entries(argument, type_) for argument in arguments]
        return mapped(lambda *nodes: build(write, *nodes), *arrays)

    return rule


def operation(name: str) -> Rule:
    """Return the rule of an operation that the emitter knows by that name."""
    return elementwise(lambda write, *nodes: write(name, *nodes))


def comparison(name: str) -> Rule:
    """Return the rule of an operation on two numbers that is true or false."""

    def rule(translation: Translation, _result: Any, left: Any, right: Any) -> Nodes:
        type_ = TYPES[torch.result_type(left, right)]
        arrays = (translation.entries(argument, type_) for argument in (left, right))
        return mapped(lambda *nodes: translation.graph.node(name, TRUTH, *nodes), *arrays)

    return rule

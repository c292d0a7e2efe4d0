"""The graph of a program: operations on numbers, each a node that stands after those that it is made of.

A node is one number, or one number for each point or each fit. Equal nodes are one, so nothing is worked out twice, and
what is known beforehand is worked out here: a sum with 0, a product with 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

POINTS, FITS = 1, 2
"""The axes along which a node may differ, as bits: the points of a fit, and fits side by side."""
DOUBLE, FLOAT, WHOLE, TRUTH = "double", "float", "i64", "i1"
"""Types of numbers, by the names that LLVM has for them."""
REALS = (DOUBLE, FLOAT)
SUM = "sum"
"""The operation that adds up a number over the points."""


class UnsupportedError(Exception):
    """There is no program for an operation."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A number of a program."""

    operation: str
    type: str
    arguments: "tuple[Node, ...]" = ()
    value: object = None
    """What the operation needs beside its arguments: the text of a number, the name and index of an input."""
    axes: int = 0
    """Axes along which the number differs."""
    moves: bool = False
    """Whether it may change from one step to the next."""
    level: int = 0
    """Number of sums over the points, one after another, that must be known before."""


@dataclass
class Graph:
    """The nodes of a program in an order in which they can be worked out."""

    nodes: list[Node] = field(default_factory=list)
    points: Node | None = None
    """The number of points of a fit."""
    _known: dict[tuple[object, ...], Node] = field(default_factory=dict)

    def node(
        self,
        operation: str,
        type_: str,
        *arguments: Node,
        value: object = None,
        axes: int = 0,
        moves: bool = False,
    ) -> Node:
        """Return the node of an operation as it stands; `axes` and `moves` add to those of its arguments."""
        key = (operation, type_, value, *map(id, arguments))
        known = self._known.get(key)
        if known is not None:
            return known
        axes = reduce(lambda together, argument: together | argument.axes, arguments, axes)
        level = max((argument.level for argument in arguments), default=0)
        if operation == SUM:
            axes, level = axes & ~POINTS, level + 1
        moves = moves or any(argument.moves for argument in arguments)
        node = self._known[key] = Node(operation, type_, arguments, value, axes, moves, level)
        self.nodes.append(node)
        return node

    def find(self, operation: str, type_: str, *arguments: Node) -> Node | None:
        """Return the node of an operation if it is there."""
        return self._known.get((operation, type_, None, *map(id, arguments)))

    def number(self, value: float, type_: str) -> Node:
        """Return a number that is the same in every run."""
        return self.node("number", type_, value=repr(float(value)))

    def cast(self, node: Node, type_: str) -> Node:
        """Return a node as a number of another type."""
        if node.type == type_:
            return node
        if node.operation == "number":
            return self.number(float(str(node.value)), type_)
        return self.node("cast", type_, node)

    def apply(self, operation: str, type_: str, *arguments: Node) -> Node:
        """Return an operation on reals, in its simplest form."""
        simpler = _simplified(self, operation, type_, arguments)
        return self.node(operation, type_, *arguments) if simpler is None else simpler


def known(node: Node) -> float | None:
    """Return the value of a number that is the same in every run; None for any other node."""
    return float(str(node.value)) if node.operation == "number" else None


def _simplified(graph: Graph, operation: str, type_: str, arguments: Sequence[Node]) -> Node | None:
    values = [known(argument) for argument in arguments]
    match operation, values:
        case ("add", [a, 0.0]) | ("sub", [a, 0.0]) | ("mul" | "div", [a, 1.0]):
            return arguments[0]
        case ("add", [0.0, _]) | ("mul", [1.0, _]):
            return arguments[1]
        case "div", _ if arguments[0].axes & POINTS and not arguments[1].axes & POINTS:
            # One division for all points, at the price of one more rounding.
            reciprocal = graph.apply("div", type_, graph.number(1, type_), arguments[1])
            return graph.apply("mul", type_, arguments[0], reciprocal)
        case "neg", [float(a)]:
            return graph.number(-a, type_)
        case (("add" | "sub" | "mul"), [float(a), float(b)]) if type_ == DOUBLE:
            return graph.number({"add": a + b, "sub": a - b, "mul": a * b}[operation], type_)
    return None


def live(graph: Graph, outputs: Sequence[Node]) -> list[Node]:
    """Return the nodes that `outputs` are made of, in the order of the graph."""
    needed: set[int] = set()
    to_do = [*outputs]
    while to_do:
        node = to_do.pop()
        if id(node) not in needed:
            needed.add(id(node))
            to_do += node.arguments
    return [node for node in graph.nodes if id(node) in needed]

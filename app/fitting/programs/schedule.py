"""The order of a program's work: what a step works out where, what it keeps, what it rounds together.

All of it follows from the graph alone, and not from where vectors lie or how many points there are: so the numbers of a
fit are the same whatever stands beside it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.fitting.programs.emitter import is_costly
from app.fitting.programs.nodes import POINTS, REALS, SUM, Graph, Node, known, live
from app.fitting.programs.rules.build import COMPARISONS


@dataclass(frozen=True)
class Report:
    """A number that is stored after each step."""

    node: Node
    place: Node | None = None
    """Column of the table in which it is stored; None: the number of the step."""


@dataclass(frozen=True)
class Loop:
    """All that the function of a program is made of."""

    graph: Graph
    axes: Mapping[str, tuple[str | int, ...]]
    """Axes of each input tensor by name, in the order of the pointers."""
    states: Sequence[tuple[str, tuple[int, ...]]]
    """Name and index of each number that is carried from step to step."""
    following: Sequence[Node]
    """These numbers after a step."""
    reports: Sequence[Report]
    stop: Node | None
    """Whether all further steps would change nothing, as a number after a step; None where that is not known."""
    lane: int
    """The axis along which vectors lie."""
    ragged: bool = False
    """Whether fits side by side have different numbers of points, as the input `counts` says."""

    @property
    def outputs(self) -> list[Node]:
        """Return the nodes that are stored or decide whether steps go on."""
        places = [report.place for report in self.reports if report.place is not None]
        stops = [] if self.stop is None else [self.stop]
        return [*self.following, *(report.node for report in self.reports), *places, *stops]


class Schedule:
    """What is worked out where, for one loop."""

    def __init__(self, loop: Loop, fuses: bool) -> None:
        self._outputs = loop.outputs
        self.order = live(loop.graph, self._outputs)
        """The nodes in an order in which they can be worked out."""
        self.kept = self._kept()
        """Nodes of the first pass that later ones need and that take long, numbered."""
        self.fused = self._fused() if fuses else frozenset[Node]()
        """Products that are rounded only with the one sum or difference that they are part of."""

    @cached_property
    def levels(self) -> int:
        """Return how many times a step goes over the points, and once more."""
        return 1 + max((node.level for node in self.order), default=0)

    def is_emitted(self, node: Node) -> bool:
        """Tell whether a node has an instruction of its own."""
        return node.operation not in ("number", SUM) and node not in self.fused

    def sums(self, level: int) -> list[Node]:
        """Return the sums of the pass of a level."""
        return [node for node in self.order if node.operation == SUM and node.level == level + 1]

    def needed(self, level: int) -> list[Node]:
        """Return the nodes that differ from point to point and that the pass of a level works out or loads."""
        needed: set[Node] = set()
        to_do = [node.arguments[0] for node in self.sums(level)] + ([] if level else [*self.kept])
        while to_do:
            node = to_do.pop()
            if node.axes & POINTS and node not in needed:
                needed.add(node)
                to_do += () if self.is_loaded(node, level) else node.arguments
        return [node for node in self.order if node in needed]

    def is_loaded(self, node: Node, level: int) -> bool:
        """Tell whether a pass loads a node that the first one has kept."""
        return level > 0 and node in self.kept

    def _kept(self) -> dict[Node, int]:
        costly: set[Node] = set()
        for node in self.order:
            if node.axes & POINTS and (is_costly(node) or any(part in costly for part in node.arguments)):
                costly.add(node)
        later = {
            part
            for node in self.order
            if node.level and node.axes & POINTS
            for part in node.arguments
            if not part.level and part in costly and part.type in REALS
        }
        return {node: number for number, node in enumerate(node for node in self.order if node in later)}

    def _fused(self) -> frozenset[Node]:
        uses = Counter(part for node in self.order for part in node.arguments)
        uses.update(self._outputs)
        # A difference of equal products, each rounded, is 0; with one that is not rounded it would have a sign.
        with_0 = (node for node in self.order if node.operation in COMPARISONS and known(node.arguments[-1]) == 0)
        compared = {node.arguments[0] for node in with_0}
        products = (
            next((part for part in reversed(node.arguments) if part.operation == "mul"), None)
            for node in self.order
            if node.type in REALS and node.operation in ("add", "sub", SUM) and node not in compared
        )
        single = (node for node in products if node is not None and uses[node] == 1)
        return frozenset(node for node in single if node not in self.kept)

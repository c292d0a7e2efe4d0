"""The values of nodes in a function, and the memory that they come from and go to."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from app.fitting.programs.emitter import BYTES, Emitter, literal
from app.fitting.programs.nodes import DOUBLE, FITS, TRUTH, WHOLE, Node
from app.fitting.programs.schedule import Loop, Schedule


class Values:
    """Writes loads, stores and operations, and knows which values there are where the next instruction stands."""

    def __init__(self, emitter: Emitter, loop: Loop, schedule: Schedule) -> None:
        self._e, self._loop, self._schedule = emitter, loop, schedule
        self.by_fits = loop.lane == FITS
        self.known: dict[tuple[Node, bool], str] = {}
        """Names of values, of nodes as scalars or vectors."""
        self._states = {key: number for number, key in enumerate(loop.states)}
        self._pointers: dict[str, str] = {}
        self.fit_mask: str | None = None
        """The lanes in which there is a fit; None where lanes are points."""

    def load_pointers(self, of: str, count: int) -> list[str]:
        """Load `count` pointers that lie one after another."""
        return [self._e.put(f"load ptr, ptr {self.at(of, 'ptr', str(number))}") for number in range(count)]

    def load_inputs(self) -> None:
        """Load the pointers to the inputs."""
        self._pointers = dict(zip(self._loop.axes, self.load_pointers("%inputs", len(self._loop.axes)), strict=True))

    def at(self, pointer: str, type_: str, offset: str) -> str:
        """Return a pointer to a number of an array."""
        return self._e.put(f"getelementptr {type_}, ptr {pointer}, i64 {offset}")

    def load(self, pointer: str, type_: str, wide: bool, mask: str | None) -> str:
        """Load a number, or a vector of which a mask may leave out lanes."""
        e = self._e
        if not wide or mask is None:
            return e.put(f"load {e.type(type_, wide)}, ptr {pointer}, align {BYTES[type_]}")
        vector = e.type(type_, True)
        arguments = [("ptr", pointer), ("i32", str(BYTES[type_])), (e.type(TRUTH, True), mask)]
        return e.call(vector, f"llvm.masked.load.{e.suffix(type_)}.p0", [*arguments, (vector, "zeroinitializer")])

    def store(self, value: str, pointer: str, type_: str) -> None:
        """Store a number, or of many fits one for each."""
        e = self._e
        if not self.by_fits:
            e.write(f"  store {type_} {value}, ptr {pointer}, align {BYTES[type_]}")
            return
        vector, truth = e.type(type_, True), e.type(TRUTH, True)
        arguments = [(vector, value), ("ptr", pointer), ("i32", str(BYTES[type_])), (truth, str(self.fit_mask))]
        e.call("void", f"llvm.masked.store.{e.suffix(type_)}.p0", arguments)

    def scatter(self, value: str, pointer: str, type_: str, places: str) -> None:
        """Store a number for each fit in the row of its own, in the column that `places` has for it."""
        e, whole = self._e, self._e.type(WHOLE, True)
        fits = e.put(f"add {whole} {e.spread('%f', WHOLE)}, {self._iota()}")
        rows = e.put(f"mul {whole} {fits}, {e.spread('%rows', WHOLE)}")
        offsets = e.put(f"add {whole} {rows}, {places}")
        addresses = e.put(f"getelementptr {type_}, ptr {pointer}, {whole} {offsets}")
        types = (e.type(type_, True), e.type("ptr", True), "i32", e.type(TRUTH, True))
        arguments = zip(types, (value, addresses, str(BYTES[type_]), str(self.fit_mask)), strict=True)
        e.call("void", f"llvm.masked.scatter.{e.suffix(type_)}.v{e.lanes}p0", [*arguments])

    def lanes_before(self, length: str, first: str) -> str:
        """Return the lanes whose numbers, counted from `first`, are below a length."""
        e, whole = self._e, self._e.type(WHOLE, True)
        numbers = e.put(f"add {whole} {e.spread(first, WHOLE)}, {self._iota()}")
        return e.put(f"icmp slt {whole} {numbers}, {e.spread(length, WHOLE)}")

    def fits_with(self, point: str) -> str:
        """Return the lanes whose fit has a point of that number."""
        e, points = self._e, self._loop.graph.points
        if points is None:
            raise ValueError("ragged fits need their numbers of points")
        return e.put(f"icmp slt {e.type(WHOLE, True)} {e.spread(point, WHOLE)}, {self.of(points, True)}")

    def kept_at(self, node: Node, point: str) -> str:
        """Return where a node of the first pass is kept."""
        e, lanes = self._e, self._e.lanes
        length = f"mul i64 %points, {lanes}" if self.by_fits else f"add i64 %points, {lanes}"
        place = e.put(f"mul i64 {point}, {lanes}") if self.by_fits else point
        # Every kept number has room for a double.
        row = self.at("%scratch", DOUBLE, e.put(f"mul i64 {e.put(length)}, {self._schedule.kept[node]}"))
        return self.at(row, node.type, place)

    def of(self, node: Node, wide: bool, point: str = "0", mask: str | None = None) -> str:
        """Return the value of a node, as a vector if asked for; it is worked out here if it is not known."""
        own = (node, self._e.wide(node))
        if own not in self.known:
            self.known[own] = self._worked_out(node, point, mask)
        if wide and not own[1]:
            if (node, True) not in self.known:
                self.known[node, True] = self._e.spread(self.known[own], node.type)
            return self.known[node, True]
        return self.known[own]

    def spread_parts(self, nodes: Sequence[Node]) -> None:
        """Bring what is the same for all points into vectors, as far as `nodes` need it so."""
        for node in nodes:
            for part in node.arguments:
                if self._e.wide(node) and not self._e.varies(part):
                    self.of(part, True)

    def _worked_out(self, node: Node, point: str, mask: str | None) -> str:
        if node.operation == "number":
            return literal(str(node.value), node.type)
        if node.operation == "input":
            return self._input(node, point, mask or self.fit_mask)
        get = partial(self.of, point=point, mask=mask)
        product = next((part for part in node.arguments if part in self._schedule.fused), None)
        return self._e.emit(node, get) if product is None else self._e.fused(node, product, get)

    def _input(self, node: Node, point: str, mask: str | None) -> str:
        name, index = cast(tuple[str, tuple[int, ...]], node.value)
        if (name, index) in self._states:
            return f"%s{self._states[name, index]}"
        lengths, places = {"points": "%points", "fits": "%fits"}, {"points": point, "fits": "%f"}
        offset = ""
        for axis, place in zip(self._loop.axes[name], index, strict=True):
            length, where = (lengths[axis], places[axis]) if isinstance(axis, str) else (str(axis), str(place))
            offset = self._e.put(f"mul i64 {offset}, {length}") if offset else ""
            offset = self._e.put(f"add i64 {offset}, {where}") if offset else where
        pointer = self.at(self._pointers[name], node.type, offset or "0")
        return self.load(pointer, node.type, self._e.wide(node), mask)

    def _iota(self) -> str:
        return "<" + ", ".join(f"i64 {lane}" for lane in range(self._e.lanes)) + ">"

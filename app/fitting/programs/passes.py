"""A pass over the points of a fit, which works out sums.

Points are taken one after another where vectors lie along fits. Where they lie along the points, whole vectors come
first, and then, with a mask, what is left.
"""

from collections.abc import Sequence
from functools import partial

from app.fitting.programs.emitter import BYTES, Emitter, literal
from app.fitting.programs.nodes import REALS, TRUTH, Node
from app.fitting.programs.schedule import Schedule
from app.fitting.programs.values import Values

POINTS_TOGETHER = 1024
"""Points, or vectors of points, whose numbers are added up by themselves, so that long sums keep their digits."""


class Pass:
    """The pass of one level."""

    def __init__(self, emitter: Emitter, values: Values, schedule: Schedule, level: int, ragged: bool) -> None:
        self._e, self._values, self._schedule = emitter, values, schedule
        self._level, self._ragged = level, ragged
        self._sums, self._needed = schedule.sums(level), schedule.needed(level)
        self._wide = {node: emitter.wide(node.arguments[0]) for node in self._sums}
        self._types = [emitter.type(node.type, self._wide[node]) for node in self._sums]
        self._zeros = ["zeroinitializer" if self._wide[node] else literal("0", node.type) for node in self._sums]

    def write(self, before: str) -> str:
        """Write the pass after the block `before`; return the block that the next instruction stands in."""
        e, values, n = self._e, self._values, self._level
        values.spread_parts([node for node in self._needed if not self._schedule.is_loaded(node, n)])
        known = dict(values.known)
        stride = 1 if values.by_fits else e.lanes
        # The points of whole vectors.
        full = e.put(f"and i64 %points, {-stride}")
        e.write(f"  %any{n} = icmp ne i64 {full}, 0")
        e.write(f"  br i1 %any{n}, label %outer{n}, label %rest{n}\nouter{n}:")
        e.write(f"  %o{n} = phi i64 [0, %{before}], [%p{n}.next, %sum{n}]")
        self._phis("t", f"[{{zero}}, %{before}], [%u{n}.{{number}}, %sum{n}]")
        e.write(f"  %far{n} = add i64 %o{n}, {POINTS_TOGETHER * stride}")
        e.write(f"  %less{n} = icmp ult i64 %far{n}, {full}")
        e.write(f"  %end{n} = select i1 %less{n}, i64 %far{n}, i64 {full}")
        e.write(f"  br label %pass{n}\npass{n}:")
        e.write(f"  %p{n} = phi i64 [%o{n}, %outer{n}], [%p{n}.next, %pass{n}]")
        self._phis("a", f"[{{zero}}, %outer{n}], [%c{n}.{{number}}, %pass{n}]")
        self._body(f"%p{n}", None, [f"%a{n}.{number}" for number in range(len(self._sums))], "c")
        e.write(f"  %p{n}.next = add i64 %p{n}, {stride}")
        e.write(f"  %p{n}.more = icmp ult i64 %p{n}.next, %end{n}")
        e.write(f"  br i1 %p{n}.more, label %pass{n}, label %sum{n}\nsum{n}:")
        self._added("u", "t", "c")
        e.write(f"  %o{n}.more = icmp ult i64 %p{n}.next, {full}")
        e.write(f"  br i1 %o{n}.more, label %outer{n}, label %rest{n}\nrest{n}:")
        self._phis("v", f"[{{zero}}, %{before}], [%u{n}.{{number}}, %sum{n}]")
        values.known = dict(known)
        after = f"rest{n}" if values.by_fits else self._write_rest(full)
        letter = "v" if values.by_fits else "z"
        values.known = known
        for number, node in enumerate(self._sums):
            value = f"%{letter}{n}.{number}"
            reduced = self._wide[node] and not values.by_fits
            known[node, e.wide(node)] = self._over_lanes(node, value) if reduced else value
        return after

    def _write_rest(self, full: str) -> str:
        """Write the points that are left by whole vectors."""
        e, values, n = self._e, self._values, self._level
        e.write(f"  %left{n} = icmp ult i64 {full}, %points")
        e.write(f"  br i1 %left{n}, label %tail{n}, label %after{n}\ntail{n}:")
        mask = values.lanes_before("%points", full)
        self._body(full, mask, self._zeros, "x")
        self._added("y", "v", "x")
        e.write(f"  br label %after{n}\nafter{n}:")
        self._phis("z", f"[%v{n}.{{number}}, %rest{n}], [%y{n}.{{number}}, %tail{n}]")
        return f"after{n}"

    def _phis(self, letter: str, incoming: str) -> None:
        for number, (type_, zero) in enumerate(zip(self._types, self._zeros, strict=True)):
            pairs = incoming.format(zero=zero, number=number)
            self._e.write(f"  %{letter}{self._level}.{number} = phi {type_} {pairs}")

    def _added(self, letter: str, left: str, right: str) -> None:
        n = self._level
        for number, (node, type_) in enumerate(zip(self._sums, self._types, strict=True)):
            added = "fadd" if node.type in REALS else "add"
            self._e.write(f"  %{letter}{n}.{number} = {added} {type_} %{left}{n}.{number}, %{right}{n}.{number}")

    def _body(self, point: str, mask: str | None, before: Sequence[str], letter: str) -> None:
        """Write the work on one point, or one vector of points, and what it adds to the sums `before`."""
        e, values, n = self._e, self._values, self._level
        counted = values.fits_with(point) if values.by_fits and self._ragged else mask
        for node in self._needed:
            if self._schedule.is_emitted(node):
                self._work_out(node, point, mask)
        get = partial(values.of, point=point, mask=mask)
        for number, (node, type_) in enumerate(zip(self._sums, self._types, strict=True)):
            is_fused = node.arguments[0] in self._schedule.fused
            after = e.accumulated(node, before[number], self._wide[node], is_fused, get)
            condition = f"{e.type(TRUTH, True)} {counted}" if counted and self._wide[node] else f"{TRUTH} true"
            chosen = f"select {condition}, {type_} {after}, {type_} {before[number]}"
            e.write(f"  %{letter}{n}.{number} = {chosen}")

    def _work_out(self, node: Node, point: str, mask: str | None) -> None:
        e, values = self._e, self._values
        if self._schedule.is_loaded(node, self._level):
            loaded = values.load(values.kept_at(node, point), node.type, e.wide(node), None)
            values.known[node, e.wide(node)] = loaded
            return
        value = values.of(node, False, point, mask)
        if node in self._schedule.kept:
            pointer = values.kept_at(node, point)
            e.write(f"  store {e.type(node.type, e.wide(node))} {value}, ptr {pointer}, align {BYTES[node.type]}")

    def _over_lanes(self, node: Node, value: str) -> str:
        """Return the sum of the lanes of a vector: of halves, of quarters, and so on."""
        e, type_, size = self._e, node.type, self._e.lanes
        while size > 1:
            half = size // 2
            parts = (e.part(value, type_, size, start, half) for start in (0, half))
            value = e.put(f"fadd <{half} x {type_}> {next(parts)}, {next(parts)}")
            size = half
        return e.put(f"extractelement <1 x {type_}> {value}, i64 0")

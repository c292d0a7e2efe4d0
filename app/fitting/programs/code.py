"""The function that a program is: a loop over steps, and in each step passes over the points.

Vectors lie along the points of one fit, or along fits side by side. Fits are taken in blocks of as many as a vector has
lanes, and a block takes all of its steps before the next begins, so that its numbers stay in the processor's cache.

A sum over the points needs a pass over all of them; a sum that follows from another needs a further pass. What such a
pass needs from the first one, and what would take long to work out again, is kept in a scratch memory.
"""

from dataclasses import dataclass

from app.fitting.programs.emitter import Emitter
from app.fitting.programs.machine import ENTRY, Machine
from app.fitting.programs.nodes import POINTS, TRUTH, WHOLE, Node
from app.fitting.programs.passes import Pass
from app.fitting.programs.schedule import Loop, Schedule
from app.fitting.programs.values import Values


@dataclass(frozen=True)
class Written:
    """A function in LLVM's language."""

    text: str
    functions: frozenset[str]
    """Names of the functions of mathematics that it calls."""
    kept: int
    """How many numbers of each point it keeps in its scratch memory."""


def write(loop: Loop, kind: Machine, lanes: int) -> Written:
    """Return the function of a loop.

    It is `i64 program(points, first, end, fits, steps, rows, inputs, states, reports, scratch)`, and takes up to
    `steps` steps of the fits from `first` up to `end`, of `fits` in all. `inputs`, `states` and `reports` point to a
    pointer for each. Inputs lie in memory in the order of their axes, states have a number for each fit, and reports
    are tables (fits, rows). It returns how many steps the last block of fits took.
    """
    emitter, schedule = Emitter(kind, loop.lane, lanes), Schedule(loop, kind.fuses)
    _Function(emitter, loop, schedule, Values(emitter, loop, schedule)).write()
    arguments = [f"i64 %{name}" for name in ("points", "first", "end", "fits", "steps", "rows")]
    arguments += [f"ptr %{name}" for name in ("inputs", "states", "reports", "scratch")]
    head = f"define i64 @{ENTRY}({', '.join(arguments)}) {{"
    text = "\n".join([*emitter.declarations.values(), head, *emitter.lines, "}"])
    return Written(text, frozenset(emitter.functions), len(schedule.kept))


class _Function:
    def __init__(self, emitter: Emitter, loop: Loop, schedule: Schedule, values: Values) -> None:
        self._e, self._loop, self._schedule, self._values = emitter, loop, schedule, values

    def write(self) -> None:
        e, loop, values = self._e, self._loop, self._values
        e.write("entry:")
        values.load_inputs()
        states = values.load_pointers("%states", len(loop.states))
        reports = values.load_pointers("%reports", len(loop.reports))
        e.write("  br label %block\nblock:")
        e.write("  %f = phi i64 [%first, %entry], [%following, %ended]")
        if values.by_fits:
            values.fit_mask = values.lanes_before("%end", "%f")
        self._write_what_stays()
        wide, place = values.by_fits, "%f" if values.by_fits else "0"
        pairs = list(zip(states, loop.following, strict=True))
        loaded = [values.load(values.at(p, node.type, place), node.type, wide, values.fit_mask) for p, node in pairs]
        e.write("  br label %step\nstep:")
        carried = len(e.lines)
        e.write("")
        last = self._write_levels()
        self._write_reports(reports)
        following = [values.of(node, wide) for node in loop.following]
        self._write_end_of_step()
        e.write("ended:")
        for (pointer, node), value in zip(pairs, following, strict=True):
            values.store(value, values.at(pointer, node.type, place), node.type)
        e.write(f"  %following = add i64 %f, {e.lanes if wide else '%end'}")
        e.write("  %more = icmp ult i64 %following, %end")
        e.write("  br i1 %more, label %block, label %out\nout:\n  ret i64 %next")
        phis = [f"  %k = phi i64 [0, %block], [%next, %{last}]"]
        for number, (value, after, node) in enumerate(zip(loaded, following, loop.following, strict=True)):
            phis.append(f"  %s{number} = phi {e.type(node.type, wide)} [{value}, %block], [{after}, %{last}]")
        e.lines[carried] = "\n".join(phis)

    def _write_what_stays(self) -> None:
        """Work out what is the same in all steps."""
        for node in self._schedule.order:
            if not (node.axes & POINTS or node.moves or node.level) and self._schedule.is_emitted(node):
                self._values.of(node, False)

    def _write_levels(self) -> str:
        """Write passes and what follows from their sums; return the block that the last of it stands in."""
        block = "step"
        for level in range(self._schedule.levels):
            for node in self._schedule.order:
                if node.level == level and not node.axes & POINTS and self._schedule.is_emitted(node):
                    self._values.of(node, False)
            if self._schedule.sums(level):
                work = Pass(self._e, self._values, self._schedule, level, self._loop.ragged)
                block = work.write(block)
        return block

    def _write_reports(self, pointers: list[str]) -> None:
        values, by_fits = self._values, self._values.by_fits
        for pointer, report in zip(pointers, self._loop.reports, strict=True):
            value, type_ = values.of(report.node, by_fits), report.node.type
            place = "%k" if report.place is None else values.of(report.place, by_fits)
            if by_fits:
                places = self._e.spread(place, WHOLE) if report.place is None else place
                values.scatter(value, pointer, type_, places)
            else:
                values.store(value, values.at(pointer, type_, place), type_)

    def _write_end_of_step(self) -> None:
        e = self._e
        e.write("  %next = add i64 %k, 1")
        more = e.put("icmp ult i64 %next, %steps")
        if self._loop.stop is not None:
            more = e.put(f"and i1 {more}, {self._goes_on(self._loop.stop)}")
        e.write(f"  br i1 {more}, label %step, label %ended")

    def _goes_on(self, stop: Node) -> str:
        e, truth = self._e, self._e.type(TRUTH, True)
        stops = self._values.of(stop, self._values.by_fits)
        if not self._values.by_fits:
            return e.put(f"xor i1 {stops}, true")
        going = e.put(f"xor {truth} {stops}, {e.spread('true', TRUTH)}")
        inside = e.put(f"and {truth} {going}, {self._values.fit_mask}")
        return e.call(TRUTH, f"llvm.vector.reduce.or.{e.suffix(TRUTH)}", [(truth, inside)])

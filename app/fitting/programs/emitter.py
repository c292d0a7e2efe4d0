"""Single nodes as instructions of LLVM.

A node that differs along the lanes of vectors is a vector, any other a scalar. Nothing is ever rearranged. A product
and a sum are one instruction, which rounds once, where the schedule of the program says so.
"""

import struct
from collections.abc import Callable, Sequence

import numpy as np

from app.fitting.programs.machine import Machine
from app.fitting.programs.nodes import DOUBLE, FLOAT, POINTS, REALS, TRUTH, WHOLE, Node, UnsupportedError
from app.fitting.programs.vector_functions import scalar_name, vector_name

BYTES = {DOUBLE: 8, FLOAT: 4, WHOLE: 8, TRUTH: 1}
"""Size of a number of each type."""
_ARITHMETIC = {"add": ("fadd", "add"), "sub": ("fsub", "sub"), "mul": ("fmul", "mul"), "div": ("fdiv", "sdiv")}
_LOGIC = {"and": "and", "or": "or"}
_COMPARED = {
    "gt": ("ogt", "sgt"),
    "ge": ("oge", "sge"),
    "lt": ("olt", "slt"),
    "le": ("ole", "sle"),
    "eq": ("oeq", "eq"),
    "ne": ("une", "ne"),
}
_INTRINSICS = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "maximum": "maximum", "minimum": "minimum"}
_INFINITY = "0x7FF0000000000000"
_CHEAP = {*_ARITHMETIC, *_LOGIC, *_COMPARED, "neg", "not", "where", "cast", "isfinite", "input", "number", "sum"}
_CHEAP |= {"abs", "floor", "maximum", "minimum"}
_CHEAP -= {"div"}

Get = Callable[[Node, bool], str]
"""A function that returns the name of a node's value, as a vector if asked for."""


def is_costly(node: Node) -> bool:
    """Tell whether a node takes much longer than to load it from memory."""
    return node.operation not in _CHEAP


class Emitter:
    """Writes instructions; `lane` is the axis along which vectors lie, `lanes` their length."""

    def __init__(self, kind: Machine, lane: int, lanes: int) -> None:
        self._kind, self.lane, self.lanes = kind, lane, lanes
        self.lines: list[str] = []
        self.declarations: dict[str, str] = {}
        self.functions: set[str] = set()
        """Names of the functions of mathematics that are called."""
        self._names = 0

    def put(self, text: str) -> str:
        """Write an instruction and return the name of its value."""
        self._names += 1
        name = f"%v{self._names}"
        self.lines.append(f"  {name} = {text}")
        return name

    def write(self, line: str) -> None:
        """Write a line that has no value."""
        self.lines.append(line)

    def call(self, result: str, name: str, arguments: Sequence[tuple[str, str]]) -> str:
        """Call a function that is defined elsewhere, with arguments of these types and names."""
        self.declarations[name] = f"declare {result} @{name}({', '.join(type_ for type_, _ in arguments)})"
        text = f"call {result} @{name}({', '.join(f'{type_} {value}' for type_, value in arguments)})"
        if result != "void":
            return self.put(text)
        self.write(f"  {text}")
        return ""

    def type(self, type_: str, wide: bool) -> str:
        """Return LLVM's name of the type of a scalar or a vector."""
        return f"<{self.lanes} x {type_}>" if wide else type_

    def wide(self, node: Node) -> bool:
        """Tell whether a node is a vector."""
        return bool(node.axes & self.lane)

    def varies(self, node: Node) -> bool:
        """Tell whether a node differs from point to point."""
        return bool(node.axes & POINTS)

    def spread(self, value: str, type_: str) -> str:
        """Return a scalar in all lanes of a vector."""
        vector = self.type(type_, True)
        first = self.put(f"insertelement {vector} poison, {type_} {value}, i64 0")
        return self.put(f"shufflevector {vector} {first}, {vector} poison, <{self.lanes} x i32> zeroinitializer")

    def suffix(self, type_: str, wide: bool = True) -> str:
        """Return the end of the name of an intrinsic function for a type."""
        letter = "f" if type_ in REALS else "i"
        return f"{f'v{self.lanes}' if wide else ''}{letter}{8 * BYTES[type_] if type_ != TRUTH else 1}"

    def emit(self, node: Node, get: Get) -> str:
        """Write the operation of a node and return the name of its value."""
        wide, operation = self.wide(node), node.operation
        type_ = self.type(node.type, wide)
        values = [get(argument, wide) for argument in node.arguments]
        of_reals = node.arguments[0].type in REALS
        source = self.type(node.arguments[0].type, wide)
        if operation in _ARITHMETIC:
            word = _ARITHMETIC[operation][0 if of_reals else 1]
            return self.put(f"{word} {type_} {values[0]}, {values[1]}")
        if operation in _LOGIC:
            return self.put(f"{_LOGIC[operation]} {type_} {values[0]}, {values[1]}")
        if operation in _COMPARED:
            word = f"fcmp {_COMPARED[operation][0]}" if of_reals else f"icmp {_COMPARED[operation][1]}"
            return self.put(f"{word} {source} {values[0]}, {values[1]}")
        match operation:
            case "neg":
                return self.put(f"fneg {type_} {values[0]}")
            case "not":
                return self.put(f"xor {type_} {values[0]}, {self.spread('true', TRUTH) if wide else 'true'}")
            case "where":
                return self.put(f"select {source} {values[0]}, {type_} {values[1]}, {type_} {values[2]}")
            case "isfinite":
                size = self._intrinsic("fabs", node.arguments[0].type, wide, values)
                infinity = self.spread(_INFINITY, node.arguments[0].type) if wide else _INFINITY
                return self.put(f"fcmp olt {source} {size}, {infinity}")
            case "cast":
                return self._cast(node, source, type_, values[0])
        if operation in _INTRINSICS:
            return self._intrinsic(_INTRINSICS[operation], node.type, wide, values)
        return self._function(operation, node.type, wide, values)

    def fused(self, node: Node, product: Node, get: Get) -> str:
        """Write a sum or a difference with a product in it, as one instruction that rounds once."""
        wide = self.wide(node)
        type_ = self.type(node.type, wide)
        left, right = (get(part, wide) for part in product.arguments)
        first, second = node.arguments
        if second is product:
            other = get(first, wide)
            left = self.put(f"fneg {type_} {left}") if node.operation == "sub" else left
        else:
            other = get(second, wide)
            other = self.put(f"fneg {type_} {other}") if node.operation == "sub" else other
        return self._intrinsic("fma", node.type, wide, [left, right, other])

    def accumulated(self, node: Node, before: str, wide: bool, is_fused: bool, get: Get) -> str:
        """Write a sum over the points with the term of one more point, which may be a product."""
        (term,) = node.arguments
        if is_fused:
            factors = [get(part, wide) for part in term.arguments]
            return self._intrinsic("fma", node.type, wide, [*factors, before])
        added = "fadd" if node.type in REALS else "add"
        return self.put(f"{added} {self.type(node.type, wide)} {before}, {get(term, wide)}")

    def _cast(self, node: Node, source: str, target: str, value: str) -> str:
        before, after = node.arguments[0].type, node.type
        if before in REALS and after in REALS:
            return self.put(f"{'fpext' if after == DOUBLE else 'fptrunc'} {source} {value} to {target}")
        if after in REALS:
            return self.put(f"{'uitofp' if before == TRUTH else 'sitofp'} {source} {value} to {target}")
        if before == TRUTH:
            return self.put(f"zext {source} {value} to {target}")
        raise UnsupportedError(f"a cast from {before} to {after}")

    def _intrinsic(self, word: str, type_: str, wide: bool, values: Sequence[str]) -> str:
        kind = self.type(type_, wide)
        return self.call(kind, f"llvm.{word}.{self.suffix(type_, wide)}", [(kind, value) for value in values])

    def _function(self, function: str, type_: str, wide: bool, values: Sequence[str]) -> str:
        """Call a function of mathematics: once for each vector of the processor, or for each number."""
        full = self._kind.width // BYTES[type_]
        name = vector_name(function, type_, full, self._kind.suffix) if self._kind.suffix else None
        if name is None:
            return self._number_by_number(scalar_name(function, type_), type_, wide, values)
        self.functions.add(name)
        vector = f"<{full} x {type_}>"
        if not wide:
            # The function of one number might round another way than that of vectors.
            values = [self.put(f"insertelement {vector} zeroinitializer, {type_} {value}, i64 0") for value in values]
            whole = self.call(vector, name, [(vector, value) for value in values])
            return self.put(f"extractelement {vector} {whole}, i64 0")
        parts = zip(*(self._split(value, type_, full) for value in values), strict=True)
        return self._joined([self.call(vector, name, [(vector, v) for v in some]) for some in parts], type_, full)

    def _number_by_number(self, name: str, type_: str, wide: bool, values: Sequence[str]) -> str:
        self.functions.add(name)
        if not wide:
            return self.call(type_, name, [(type_, value) for value in values])
        vector, whole = self.type(type_, True), "poison"
        for lane in range(self.lanes):
            numbers = [self.put(f"extractelement {vector} {value}, i64 {lane}") for value in values]
            result = self.call(type_, name, [(type_, number) for number in numbers])
            whole = self.put(f"insertelement {vector} {whole}, {type_} {result}, i64 {lane}")
        return whole

    def part(self, value: str, type_: str, size: int, start: int, length: int) -> str:
        """Return some lanes of a vector of `size`."""
        vector, lanes = f"<{size} x {type_}>", ", ".join(f"i32 {lane}" for lane in range(start, start + length))
        return self.put(f"shufflevector {vector} {value}, {vector} poison, <{length} x i32> <{lanes}>")

    def _split(self, value: str, type_: str, full: int) -> list[str]:
        if full >= self.lanes:
            return [value]
        return [self.part(value, type_, self.lanes, start, full) for start in range(0, self.lanes, full)]

    def _joined(self, parts: Sequence[str], type_: str, full: int) -> str:
        while len(parts) > 1:
            vector, order = f"<{full} x {type_}>", ", ".join(f"i32 {lane}" for lane in range(2 * full))
            parts = [
                self.put(f"shufflevector {vector} {left}, {vector} {right}, <{2 * full} x i32> <{order}>")
                for left, right in zip(parts[::2], parts[1::2], strict=True)
            ]
            full *= 2
        return parts[0]


def literal(text: str, type_: str) -> str:
    """Return a number in LLVM's spelling; it has no decimal one for all."""
    value = float(text)
    if type_ == TRUTH:
        return "true" if value else "false"
    if type_ == WHOLE:
        return str(int(value))
    if type_ == FLOAT:
        value = float(np.float32(value))
    return f"0x{struct.unpack('>Q', struct.pack('>d', value))[0]:016X}"

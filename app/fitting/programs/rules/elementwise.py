"""Rules of arithmetic, comparisons, choices and the functions that the emitter knows."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch

from app.fitting.programs.nodes import TRUTH, Node, known
from app.fitting.programs.recording import TYPES, Nodes, Rule, Translation, mapped
from app.fitting.programs.rules.build import COMPARISONS, Build, comparison, elementwise, operation

_aten = torch.ops.aten
_MOST_FACTORS = 64
"""Largest whole exponent that is written as products."""

_BY_NAME = (
    *("neg", "abs", "floor", "maximum", "minimum", "sqrt", "exp", "expm1", "exp2", "log", "log1p", "log2", "log10"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "atanh"),
    *("erf", "erfc", "hypot", "lgamma"),
)


def _added(name: str) -> Callable[..., Nodes]:
    def rule(translation: Translation, result: Any, left: Any, right: Any, alpha: float = 1) -> Nodes:
        type_ = TYPES[result.dtype]
        write = Build(translation.graph, type_)
        arrays = (translation.entries(argument, type_) for argument in (left, right))
        return mapped(lambda a, b: write(name, a, write("mul", b, float(alpha))), *arrays)

    return rule


def _power(translation: Translation, result: Any, base: Any, exponent: float) -> Nodes:
    type_ = TYPES[result.dtype]
    write = Build(translation.graph, type_)
    return mapped(lambda node: power(write, node, float(exponent)), translation.entries(base, type_))


def power(write: Build, base: Node, exponent: float) -> Node:
    """Return a power with a known exponent: a whole one by products, a half by a root."""
    if exponent < 0:
        return write.reciprocal(power(write, base, -exponent))
    if exponent.is_integer() and exponent <= _MOST_FACTORS:
        return _by_squares(write, base, int(exponent))
    if exponent == 0.5:
        return write("sqrt", base)
    if exponent == 1.5:
        return write("mul", base, write("sqrt", base))
    return write("pow", base, exponent)


def _raised(write: Build, base: Node, exponent: Node) -> Node:
    """Return a power; that with an exponent less by 1, as derivatives have it, follows from the power itself."""
    if exponent.operation == "sub" and known(exponent.arguments[1]) == 1:
        whole = exponent.arguments[0]
        power_itself = write.known("pow", base, whole)
        if power_itself is not None:
            at_zero = write.where(write("gt", whole, 1.0), 0.0, write.where(write("eq", whole, 1.0), 1.0, math.inf))
            return write.where(write("eq", base, 0.0), at_zero, write("div", power_itself, base))
    return write("pow", base, exponent)


def _by_squares(write: Build, base: Node, exponent: int) -> Node:
    product, square = base if exponent % 2 else None, base
    while exponent := exponent // 2:
        square = write("mul", square, square)
        if exponent % 2:
            product = square if product is None else write("mul", product, square)
    return write.node(1.0) if product is None else product


def _chosen(translation: Translation, result: Any, condition: Any, chosen: Any, other: Any) -> Nodes:
    type_ = TYPES[result.dtype]
    write = Build(translation.graph, type_)
    arrays = (translation.entries(condition, TRUTH), *(translation.entries(part, type_) for part in (chosen, other)))
    return mapped(write.where, *arrays)


def _masked(translation: Translation, result: Any, tensor: Any, mask: Any, value: Any) -> Nodes:
    return _chosen(translation, result, mask, value, tensor)


def _clamped(translation: Translation, result: Any, tensor: Any, low: Any = None, high: Any = None) -> Nodes:
    type_ = TYPES[result.dtype]
    write = Build(translation.graph, type_)
    nodes = translation.entries(tensor, type_)
    for name, bound in (("maximum", low), ("minimum", high)):
        if bound is not None:
            nodes = mapped(lambda a, b, name=name: write(name, a, b), nodes, translation.entries(bound, type_))
    return nodes


def _multiplied(translation: Translation, result: Any, start: Any, left: Any, right: Any, value: float = 1) -> Nodes:
    type_ = TYPES[result.dtype]
    write = Build(translation.graph, type_)
    arrays = (translation.entries(argument, type_) for argument in (start, left, right))
    return mapped(lambda a, b, c: write("add", a, write("mul", write("mul", b, float(value)), c)), *arrays)


def _tested(name: str) -> Rule:
    """Return the rule of a test of one number."""

    def rule(translation: Translation, _result: Any, tensor: Any) -> Nodes:
        graph, type_ = translation.graph, TYPES[tensor.dtype]
        arguments = 2 if name in COMPARISONS else 1
        return mapped(lambda node: graph.node(name, TRUTH, *[node] * arguments), translation.entries(tensor, type_))

    return rule


def _subtracted_from(translation: Translation, result: Any, left: Any, right: Any, alpha: float = 1) -> Nodes:
    return _SUB(translation, result, right, left, alpha)


_ADD, _SUB = _added("add"), _added("sub")

RULES: Mapping[Any, Rule] = {
    **{getattr(_aten, name).default: operation(name) for name in _BY_NAME},
    **{getattr(getattr(_aten, name), kind): comparison(name) for name in COMPARISONS for kind in ("Tensor", "Scalar")},
    _aten.add.Tensor: _ADD,
    _aten.add.Scalar: _ADD,
    _aten.add_.Tensor: _ADD,
    _aten.sub.Tensor: _SUB,
    _aten.sub.Scalar: _SUB,
    _aten.sub_.Tensor: _SUB,
    _aten.rsub.Scalar: _subtracted_from,
    _aten.mul.Tensor: operation("mul"),
    _aten.mul.Scalar: operation("mul"),
    _aten.mul_.Tensor: operation("mul"),
    _aten.div.Tensor: operation("div"),
    _aten.div.Scalar: operation("div"),
    _aten.addcmul.default: _multiplied,
    _aten.reciprocal.default: elementwise(Build.reciprocal),
    _aten.rsqrt.default: elementwise(lambda write, node: write.reciprocal(write("sqrt", node))),
    _aten.pow.Tensor_Scalar: _power,
    _aten.pow.Tensor_Tensor: elementwise(_raised),
    _aten.pow.Scalar: operation("pow"),
    _aten.where.self: _chosen,
    _aten.masked_fill.Scalar: _masked,
    _aten.masked_fill_.Scalar: _masked,
    _aten.clamp.default: _clamped,
    _aten.clamp.Tensor: _clamped,
    _aten.clamp_min.default: _clamped,
    _aten.isfinite.default: _tested("isfinite"),
    _aten.isnan.default: _tested("ne"),
    _aten.bitwise_and.Tensor: operation("and"),
    _aten.bitwise_and.Scalar: operation("and"),
    _aten.bitwise_or.Tensor: operation("or"),
    _aten.bitwise_or.Scalar: operation("or"),
    _aten.bitwise_not.default: operation("not"),
    _aten.logical_and.default: operation("and"),
    _aten.logical_or.default: operation("or"),
    _aten.logical_not.default: operation("not"),
}
"""Rules of operations that work number by number."""

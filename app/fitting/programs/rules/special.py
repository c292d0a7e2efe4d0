"""Rules of functions that are written in simpler ones."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from app.fitting.programs.nodes import Node, UnsupportedError
from app.fitting.programs.recording import TYPES, Nodes, Rule, Translation
from app.fitting.programs.rules.build import Build, elementwise

_aten = torch.ops.aten
_SHIFTS = 10
"""Steps by which an argument of digamma and trigamma grows until their asymptotic series have all digits."""
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
"""Coefficients of x^-2, x^-4, ... in the series of log(x) - 1 / (2 x) - digamma(x) (DLMF 5.11.2)."""
_TRIGAMMA = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
"""Coefficients of x^-2, x^-4, ... in the series of x trigamma(x) - 1 - 1 / (2 x) (DLMF 5.15.8)."""

_FAR = 1e9
"""From here on asinh(x) and acosh(x) are log(2 x) to rounding; Sleef's are infinite where x^2 is."""


def _sign(write: Build, node: Node) -> Node:
    return write.where(write("gt", node, 0.0), 1.0, write.where(write("lt", node, 0.0), -1.0, 0.0))


def _sigmoid(write: Build, node: Node) -> Node:
    return write.reciprocal(write("add", 1.0, write("exp", write("neg", node))))


def _area_sine(write: Build, node: Node) -> Node:
    size = write("abs", node)
    far = write("mul", _sign(write, node), _log_of_twice(write, size))
    return write.where(write("gt", size, _FAR), far, write("asinh", node))


def _area_cosine(write: Build, node: Node) -> Node:
    return write.where(write("gt", node, _FAR), _log_of_twice(write, node), write("acosh", node))


def _log_of_twice(write: Build, node: Node) -> Node:
    return write("add", write("log", node), math.log(2))


def _log_sigmoid(write: Build, node: Node) -> Node:
    tail = write("log1p", write("exp", write("neg", write("abs", node))))
    return write("sub", write("minimum", node, 0.0), tail)


def _log_sigmoid_derivative(write: Build, gradient: Node, node: Node) -> Node:
    small = write("exp", write("neg", write("abs", node)))
    share = write("div", small, write("add", 1.0, small))
    slope = write.where(write("lt", node, 0.0), write("sub", 1.0, share), share)
    return write("mul", gradient, slope)


def _product_with_log(write: Build, left: Node, right: Node) -> Node:
    product = write("mul", left, write("log", right))
    # 0 log(y) is 0, but NaN where y is.
    at_zero = write.where(write("ne", right, right), right, 0.0)
    return write.where(write("eq", left, 0.0), at_zero, product)


def _remainder(write: Build, node: Node, divisor: Node) -> Node:
    return write("sub", node, write("mul", write("floor", write("div", node, divisor)), divisor))


def _modulo(write: Build, node: Node, divisor: Node) -> Node:
    """Return the remainder that has the sign of the divisor, without the rounding of a quotient."""
    rest = write("fmod", node, divisor)
    turned = write("add", rest, divisor)
    of_positive = write.where(write("lt", divisor, 0.0), turned, rest)
    of_negative = write.where(write("gt", divisor, 0.0), turned, rest)
    return write.where(write("gt", rest, 0.0), of_positive, write.where(write("lt", rest, 0.0), of_negative, rest))


def _whole_quotient(write: Build, node: Node, divisor: Node) -> Node:
    quotient = write("div", write("sub", node, _modulo(write, node, divisor)), divisor)
    return write("floor", write("add", quotient, 0.5))


def _divided(translation: Translation, result: Any, left: Any, right: Any, rounding_mode: str | None = None) -> Any:
    if rounding_mode != "floor":
        raise UnsupportedError(f"division with the rounding {rounding_mode}")
    return elementwise(_whole_quotient)(translation, result, left, right)


def _series(write: Build, node: Node, coefficients: Sequence[float]) -> Node:
    """Return the sum of coefficient * node^-2k for k = 1, 2, ..."""
    inverse_square = write.reciprocal(write("mul", node, node))
    total: Node | float = 0.0
    for coefficient in reversed(coefficients):
        total = write("mul", write("add", coefficient, total), inverse_square)
    return write.node(total)


def _digamma(write: Build, node: Node) -> Node:
    """Return digamma, by reflection below 1/2 (DLMF 5.5.4), by recurrence up to where its series holds (5.5.2)."""
    low = write("lt", node, 0.5)
    argument = write.where(low, write("sub", 1.0, node), node)
    shifted: Node | float = 0.0
    for _ in range(_SHIFTS):
        shifted, argument = write("add", write.reciprocal(argument), shifted), write("add", argument, 1.0)
    near = write("sub", write("log", argument), write("div", 0.5, argument))
    value = write("sub", write("sub", near, _series(write, argument, _DIGAMMA)), shifted)
    angle = write("mul", math.pi, _remainder(write, node, write.node(1.0)))
    return write.where(low, write("sub", value, write("div", math.pi, write("tan", angle))), value)


def _trigamma(write: Build, node: Node) -> Node:
    """Return trigamma, as digamma."""
    low = write("lt", node, 0.5)
    argument = write.where(low, write("sub", 1.0, node), node)
    shifted: Node | float = 0.0
    for _ in range(_SHIFTS):
        square = write("mul", argument, argument)
        shifted, argument = write("add", write.reciprocal(square), shifted), write("add", argument, 1.0)
    tail = write("div", write("add", 1.0, _series(write, argument, _TRIGAMMA)), argument)
    half_square = write("div", 0.5, write("mul", argument, argument))
    value = write("add", write("add", tail, half_square), shifted)
    sine = write("sin", write("mul", math.pi, _remainder(write, node, write.node(1.0))))
    return write.where(low, write("sub", write("div", math.pi**2, write("mul", sine, sine)), value), value)


def _polygamma(translation: Translation, result: Any, order: int, tensor: Any) -> Nodes | Sequence[Nodes]:
    if order != 1:
        raise UnsupportedError(f"polygamma of order {order}")
    return elementwise(_trigamma)(translation, result, tensor)


def _log_sigmoid_forward(translation: Translation, result: Any, tensor: Any) -> Sequence[Any]:
    value = elementwise(_log_sigmoid)(translation, result[0], tensor)
    return [value, translation.entries(tensor, TYPES[tensor.dtype])]


def _log_sigmoid_backward(translation: Translation, result: Any, gradient: Any, tensor: Any, _buffer: Any) -> Any:
    return elementwise(_log_sigmoid_derivative)(translation, result, gradient, tensor)


def _sigmoid_backward(write: Build, gradient: Node, value: Node) -> Node:
    return write("mul", write("mul", gradient, write("sub", 1.0, value)), value)


def _tanh_backward(write: Build, gradient: Node, value: Node) -> Node:
    return write("mul", gradient, write("sub", 1.0, write("mul", value, value)))


RULES: Mapping[Any, Rule] = {
    _aten.asinh.default: elementwise(_area_sine),
    _aten.acosh.default: elementwise(_area_cosine),
    _aten.sign.default: elementwise(_sign),
    _aten.sgn.default: elementwise(_sign),
    _aten.sigmoid.default: elementwise(_sigmoid),
    _aten.sigmoid_backward.default: elementwise(_sigmoid_backward),
    _aten.tanh_backward.default: elementwise(_tanh_backward),
    _aten.log_sigmoid_forward.default: _log_sigmoid_forward,
    _aten.log_sigmoid_backward.default: _log_sigmoid_backward,
    _aten.xlogy.Tensor: elementwise(_product_with_log),
    _aten.remainder.Scalar: elementwise(_remainder),
    _aten.remainder.Tensor: elementwise(_modulo),
    _aten.div.Tensor_mode: _divided,
    _aten.ceil.default: elementwise(lambda write, node: write("neg", write("floor", write("neg", node)))),
    _aten.digamma.default: elementwise(_digamma),
    _aten.polygamma.default: _polygamma,
}
"""Rules of functions that are written in simpler ones."""

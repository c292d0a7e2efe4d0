"""The Voigt profile, and the Faddeeva function that it is made of, as autograd Functions.

w(z) = exp(-z^2) erfc(-i z) has w'(z) = -2 z w(z) + 2 i / sqrt(pi): a function closed under differentiation, whose real
and imaginary part differentiate any number of times (Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import forward_ad

_NEAR = 7.0
_SHIFT = 2.0


class _Node(NamedTuple):
    """A pair of poles s = i t and -i t of the sums for w: t^2, and the weights in the sum near and in the sum far."""

    square: float
    odd: float
    even: float
    far: float


# Least squares of the relative error in 60 digits, the squares by variable projection (G. H. Golub and V. Pereyra,
# SIAM J. Numer. Anal. 10, 1973), made a minimax by C. L. Lawson's weights. The error left is 4e-15 near, 2e-16 far.
_NODES = (
    _Node(18.570470841, -9.196800567837776e-09, -9.78777865264177e-07, 4.492578305649284e-09),
    _Node(13.324830051, -1.4919998759193687e-05, 0.00010881899397758443, 5.919555123067035e-07),
    _Node(9.649873302, 0.0011274016962931606, -0.000495892960318182, 2.1202107976185926e-05),
    _Node(6.880334567, -0.007961701988506853, -0.03791874103480067, 0.0002990441036581363),
    _Node(4.739726592, -0.09897961214821081, 0.18763340839299145, 0.002421590543186113),
    _Node(3.083020622, 0.48422263487521766, 0.7766845264032375, 0.01194901816230809),
    _Node(1.826155439, 1.4235284465831872, -2.3164899309549978, 0.040962575248954795),
    _Node(0.918021198, -4.160767980846366, -3.2965953099016074, 0.09864251768400935),
    _Node(0.32738615, -6.319363367151791, 4.140008593316483, 0.17620210040739198),
    _Node(0.036209679, 9.24239869172349, 1.6754446736188562, 0.233690938842181),
)


class _Term(NamedTuple):
    """A node as both sums share it: its factors are those of 1 + share near, and of share far."""

    square: float
    share: float
    factors: tuple[float, float, float, float]


def _term(node: _Node) -> _Term:
    odd = node.odd - node.far
    even = node.even * odd / node.odd
    return _Term(node.square, node.far / odd, (odd, odd * node.square, even, even * node.square))


_TERMS = tuple(_term(node) for node in _NODES)


def _faddeeva(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the real and the imaginary part of w(x + i y), in few operations of real numbers.

    Near, for abs(x) < 7, w is the sum of (odd s + even) / (s^2 + t^2) with s = y + 2 - i x: all poles have one distance
    from the real axis, a form of J. Humlicek, "An efficient method for evaluation of the complex probability function:
    the Voigt function and its derivatives", J. Quant. Spectrosc. Radiat. Transfer 21, 1979.

    Far, it is the sum of far s / (s^2 + t^2) with s = y - i x, a quadrature of the integral 7.1.4 of Abramowitz and
    Stegun with positive weights, which keeps all digits of a small real part beside a large imaginary one.

    Each 1 / (s^2 + t^2) is its conjugate over abs(s^2 + t^2)^2 = abs(s)^4 + 2 t^2 re(s^2) + t^4, which is divided by
    abs(s)^2 here, lest it overflow. From abs(s) = 1e154 on both parts are NaN.
    """
    x_square = x * x
    near = (x_square < _NEAR**2).to(x.dtype)
    height = torch.add(y, near, alpha=_SHIFT)
    height_square = height * height
    size = x_square + height_square
    inverse = size.reciprocal()
    s_square = height_square - x_square
    odd, odd_square, even, even_square = _sums(near, size, s_square * inverse, inverse)
    odd_square = odd_square * inverse
    near = near * inverse
    real = height * (odd + odd_square) + near * (s_square * even + even_square)
    imag = x * torch.add(odd - odd_square, height * near * even, alpha=2)
    return real, imag


def _sums(near: Tensor, size: Tensor, cosine: Tensor, inverse: Tensor) -> list[Tensor]:
    """Return the sums over the nodes of odd, odd t^2, even and even t^2, each over abs(s^2 + t^2)^2 / abs(s)^2."""
    sums: list[Tensor] = []
    for square, share, factors in _TERMS:
        below = torch.add(torch.add(size, cosine, alpha=2 * square), inverse, alpha=square**2)
        weight = (near + share) / below
        if sums:
            sums = [torch.add(total, weight, alpha=factor) for total, factor in zip(sums, factors, strict=True)]
        else:
            sums = [weight * factor for factor in factors]
    return sums


class Faddeeva(torch.autograd.Function):
    """Real and imaginary part of w(x + i y) for y >= 0, to 1e-13 of abs(w); x and y of one shape and dtype.

    It is computed in float64, and rounded to the dtype.
    """

    @staticmethod
    def forward(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the real part and the imaginary part."""
        real, imag = _faddeeva(x.double(), y.double())
        return real.to(x.dtype), imag.to(x.dtype)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: tuple[Tensor, Tensor]) -> None:
        """Keep x, y and w, of which w' is made."""
        ctx.save_for_backward(*inputs, *output)
        ctx.save_for_forward(*inputs, *output)

    @staticmethod
    def backward(ctx: Any, grad_real: Tensor, grad_imag: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradients by x and y, which follow from w' by the Cauchy-Riemann equations."""
        real, imag = _derivative(*ctx.saved_tensors)
        return grad_real * real + grad_imag * imag, grad_imag * real - grad_real * imag

    @staticmethod
    def jvp(ctx: Any, x_tangent: Tensor | None, y_tangent: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the derivatives of both parts along the tangents."""
        # torch switches forward mode off in here for every level at once, not only for the level it serves, so an
        # outer torch.func.jvp would take the derivative for a constant (pytorch/pytorch issue 197867).
        with forward_ad._set_fwd_grad_enabled(True):
            x, y, *w = (_unpack_dual(kept).primal for kept in ctx.saved_tensors)
            real, imag = _derivative(x, y, *w)
            dx = torch.zeros_like(x) if x_tangent is None else x_tangent
            dy = torch.zeros_like(y) if y_tangent is None else y_tangent
            return real * dx - imag * dy, imag * dx + real * dy

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, int | None], x: Tensor, y: Tensor) -> tuple[Any, tuple[int, int]]:
        """Return both parts of a batch, along the first dimension."""
        x, y = (
            part.expand(info.batch_size, *part.shape) if dim is None else part.movedim(dim, 0)
            for part, dim in zip((x, y), in_dims, strict=True)
        )
        return Faddeeva.apply(x, y), (0, 0)  # type: ignore[no-untyped-call]


# Named with its type, which torch leaves out.
_unpack_dual: Callable[[Tensor], forward_ad.UnpackedDualTensor] = forward_ad.unpack_dual


def _derivative(x: Tensor, y: Tensor, real: Tensor, imag: Tensor) -> tuple[Tensor, Tensor]:
    """Return the real and the imaginary part of w'."""
    return -2 * (x * real - y * imag), 2 / math.sqrt(math.pi) - 2 * (x * imag + y * real)


def voigt(u: Tensor, sigma: Tensor, gamma: Tensor) -> Tensor:
    """Return the density at u of the sum of a normal and a Cauchy variable.

    The normal one has the standard deviation sigma, the Cauchy one the scale gamma. All three tensors are real, of
    shapes that broadcast. Sigma and gamma count without their signs; the density is NaN where sigma is 0.
    """
    wide = sigma.abs() * math.sqrt(2)
    # At 0, a bound of gamma, the derivative is that of the inside; that of abs would be 0.
    size = torch.where(gamma < 0, -gamma, gamma)
    x, y = torch.broadcast_tensors(u / wide, size / wide)
    real, _ = Faddeeva.apply(x, y)  # type: ignore[no-untyped-call]
    density: Tensor = real / (wide * math.sqrt(math.pi))
    return density

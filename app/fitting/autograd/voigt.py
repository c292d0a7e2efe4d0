"""The Voigt profile, and the Faddeeva function that it is made of, as autograd Functions.

w(z) = exp(-z^2) erfc(-i z) has w'(z) = -2 z w(z) + 2 i / sqrt(pi): a function closed under differentiation, whose real
and imaginary part differentiate any number of times (Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1).
"""

import math
from typing import Any

import torch
from torch import Tensor

_TERMS = 40
_FAR = 8.0
_LEVELS = 30


def _weideman_coefficients(terms: int) -> tuple[float, tuple[float, ...]]:
    """Return the scale L and the coefficients of Weideman's rational sum for w.

    J. A. C. Weideman, "Computation of the Complex Error Function", SIAM J. Numer. Anal. 31, 1994.
    """
    scale = math.sqrt(terms / math.sqrt(2))
    half = 2 * terms
    theta = torch.arange(-half + 1, half, dtype=torch.float64) * math.pi / half
    t = scale * torch.tan(theta / 2)
    values = torch.cat([torch.zeros(1, dtype=torch.float64), torch.exp(-t * t) * (scale**2 + t * t)])
    coefficients = torch.fft.fft(torch.fft.fftshift(values)).real / (2 * half)
    return scale, tuple(coefficients[1 : terms + 1].tolist())


_SCALE, _COEFFICIENTS = _weideman_coefficients(_TERMS)


def _faddeeva(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    z = torch.complex(x.double(), y.double())
    below = _SCALE - 1j * z
    ratio = (_SCALE + 1j * z) / below
    total = torch.zeros_like(z)
    for coefficient in reversed(_COEFFICIENTS):
        total = total * ratio + coefficient
    near = 2 * total / below**2 + (1 / math.sqrt(math.pi)) / below
    w = torch.where(z.abs() > _FAR, _continued_fraction(z), near)
    real, imag = (torch.empty_like(x).copy_(part) for part in (w.real, w.imag))
    return real, imag


def _continued_fraction(z: Tensor) -> Tensor:
    # Far from 0 Weideman's sum loses a small real part beside a large imaginary one; Laplace's fraction does not.
    below = z
    for k in range(_LEVELS, 0, -1):
        below = z - (k / 2) / below
    return 1j / math.sqrt(math.pi) / below


class Faddeeva(torch.autograd.Function):
    """Real and imaginary part of w(x + i y) for y >= 0, to 1e-13 of abs(w); x and y of one shape and dtype."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the real part and the imaginary part."""
        return _faddeeva(x, y)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor], output: tuple[Tensor, Tensor]) -> None:  # noqa: ARG004
        """Keep x and y for the derivatives."""
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad_real: Tensor, grad_imag: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradients by x and y, which follow from w' by the Cauchy-Riemann equations."""
        real, imag = _derivative(*ctx.saved_tensors)
        return grad_real * real + grad_imag * imag, grad_imag * real - grad_real * imag

    @staticmethod
    def jvp(ctx: Any, x_tangent: Tensor | None, y_tangent: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the derivatives of both parts along the tangents."""
        x, y = ctx.saved_tensors
        real, imag = _derivative(x, y)
        dx = torch.zeros_like(x) if x_tangent is None else x_tangent
        dy = torch.zeros_like(y) if y_tangent is None else y_tangent
        return real * dx - imag * dy, imag * dx + real * dy


def _derivative(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the real and the imaginary part of w'."""
    real, imag = Faddeeva.apply(x, y)  # type: ignore[no-untyped-call]
    return -2 * (x * real - y * imag), 2 / math.sqrt(math.pi) - 2 * (x * imag + y * real)


def voigt(u: Tensor, sigma: Tensor, gamma: Tensor) -> Tensor:
    """Return the density at u of the sum of a normal and a Cauchy variable.

    The normal one has the standard deviation sigma, the Cauchy one the scale gamma. All three tensors are real, of
    shapes that broadcast. Sigma and gamma count without their signs; the density is NaN where sigma is 0.
    """
    wide = sigma.abs() * math.sqrt(2)
    # At 0, a bound of gamma, the derivative is that of the inside; that of abs would be 0.
    size = torch.where(gamma < 0, -gamma, gamma)
    x, y = (part.contiguous() for part in torch.broadcast_tensors(u / wide, size / wide))
    real, _ = Faddeeva.apply(x, y)  # type: ignore[no-untyped-call]
    density: Tensor = real / (wide * math.sqrt(math.pi))
    return density

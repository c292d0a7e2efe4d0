"""The scaled complementary error function, products of it with exp, and the inverse of erf.

exp(u^2) times the n-th repeated integral of erfc is a family closed under differentiation: its derivative is -2 (n + 1)
times the next member (M. Abramowitz and I. A. Stegun, "Handbook of Mathematical Functions", 7.2.9). So no derivative is
a small difference of large numbers, as 2 u erfcx(u) - 2 / sqrt(pi) is for large u.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from app.fitting.autograd.elementwise import Elementwise
from app.fitting.autograd.interpolation import PI, Numbers, interpolated, polynomial

_CENTRE = 4.0
"""The u from 0 to infinity are mapped onto t = (u - centre) / (u + centre)."""
_OVERFLOW = 30.0
"""exp(u^2) is infinite from here on."""
_NO_EXPONENT = 1e4
"""exp is 0 or infinite at numbers of this size."""
_ROOT_PI = math.sqrt(math.pi)


@dataclass(frozen=True, slots=True)
class _ScaledIntegral(Elementwise):
    """exp(u^2) times the n-th repeated integral of erfc; erfcx for n = 0."""

    n: int

    def evaluate(self, *arguments: Tensor) -> Tensor:
        (u,) = arguments
        size = u.abs()
        value = _of_positive(self.n, size)
        # Abramowitz and Stegun 7.2.11.
        inside = size.clamp(max=_OVERFLOW)
        turned = 2 * _exp_of_square(inside) * _turned_hermite(self.n, inside) - (-1) ** self.n * value
        return torch.where(u < 0, turned, value)

    def partials(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        return (-2 * (self.n + 1) * _ScaledIntegral(self.n + 1)(*arguments),)


def _of_positive(n: int, u: Tensor) -> Tensor:
    """Return exp(u^2) times the n-th repeated integral of erfc for u >= 0."""
    t = 1 - 2 * _CENTRE / (u + _CENTRE)
    slope: Tensor = (u + _offset(n)) ** -(n + 1)
    return polynomial(_coefficients(n), t) * slope


def _offset(n: int) -> float:
    """Return a number: (u + number)^(n + 1) times the function is the same at 0 as far out."""
    return float((math.gamma(n / 2 + 1) / _ROOT_PI) ** (1 / (n + 1)))


@lru_cache
def _coefficients(n: int) -> tuple[float, ...]:
    """Return the coefficients of the polynomial in t that the function is, times a power of u + offset.

    It is the integral of 2 / sqrt(pi) t^n / n! exp(-t^2 - 2 u t) over t > 0, by the trapezoidal rule in the logarithm
    of t (u + centre) (H. Takahasi and M. Mori, "Double Exponential Formulas for Numerical Integration", 1974).
    """
    step = np.longdouble(1) / 25
    places = np.arange(-150, 115, dtype=np.longdouble) * step
    s = np.exp(places - np.exp(-places))
    weights = s ** (n + 1) * (1 + np.exp(-places)) * step * 2 / np.sqrt(PI) / math.factorial(n)

    def balanced(t: Numbers) -> Numbers:
        shrink = ((1 - t) / (2 * _CENTRE))[:, None]
        integral = np.exp(-((s * shrink) ** 2) - (1 + t)[:, None] * s) @ weights
        value: Numbers = integral * ((1 + t) / 2 + _offset(n) * (1 - t) / (2 * _CENTRE)) ** (n + 1)
        return value

    return interpolated(balanced, 24 + 2 * n)


def _turned_hermite(n: int, u: Tensor) -> Tensor:
    """Return i^-n H_n(i u) / (2^n n!), whose terms are all positive."""
    previous, current = torch.zeros_like(u), torch.ones_like(u)
    for k in range(n):
        previous, current = current, (u * current + previous / 2) / (k + 1)
    return current


def _exp_of_square(u: Tensor) -> Tensor:
    first, second, third = _square(u)
    return torch.exp(first) * torch.exp(second + third)


def _square(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return three numbers whose sum is u^2; the first two are exact, and the third is small."""
    short = u.clamp(-1e38, 1e38).float().double()
    rest = u - short
    return short * short, 2 * short * rest, rest * rest


@dataclass(frozen=True, slots=True)
class _ExpOfDifference(Elementwise):
    """exp(u - v^2), of which the difference has all its digits."""

    def evaluate(self, *arguments: Tensor) -> Tensor:
        exponent, v = arguments
        lost = torch.zeros_like(v)
        for part in _square(v):
            exponent, rest = _difference(exponent, part)
            lost = lost + rest
        return torch.exp(exponent) * (1 + torch.where(exponent.abs() < _NO_EXPONENT, lost, 0.0))

    def partials(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        value = self(*arguments)
        return value, -2 * arguments[1] * value


def _difference(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Return a difference and what rounding took from it (D. E. Knuth, "The Art of Computer Programming" 2, 4.2.2)."""
    difference = left - right
    taken = difference - left
    return difference, (left - (difference - taken)) - (right + taken)


@dataclass(frozen=True, slots=True)
class _ExpErfc(Elementwise):
    """exp(u) erfc(v); where a factor is no number of float64, it is exp(u - v^2) erfcx(v)."""

    def evaluate(self, *arguments: Tensor) -> Tensor:
        u, v = arguments
        tail = _ExpOfDifference().evaluate(u, v) * _of_positive(0, v.abs())
        plain = (v < 0) | ((u < 700) & (v < 26))
        return torch.where(plain, torch.exp(u) * torch.erfc(v), tail)

    def partials(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        return self(*arguments), -2 / _ROOT_PI * _ExpOfDifference()(*arguments)


def erfcx(u: Tensor) -> Tensor:
    """Return exp(u^2) erfc(u) of a real floating tensor, to 1e-15 of it; infinite where it overflows, below -26.6."""
    return _ScaledIntegral(0)(u)


def exp_erfc(u: Tensor, v: Tensor) -> Tensor:
    """Return exp(u) erfc(v) of real floating tensors that broadcast, finite wherever the product is."""
    return _ExpErfc()(u, v)


# M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37, 1988.
_MIDDLE = (
    (
        *(3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4),
        *(4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    ),
    (
        *(1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3),
        *(2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
    ),
)
_OUTER = (
    (
        *(1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0),
        *(1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    ),
    (
        *(1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1),
        *(1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
    ),
)
_TAIL = (
    (
        *(6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1),
        *(2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    ),
    (
        *(1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2),
        *(7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
    ),
)


@dataclass(frozen=True, slots=True)
class _InverseErf(Elementwise):
    """The u whose erf is given, by quotients of polynomials."""

    def evaluate(self, *arguments: Tensor) -> Tensor:
        (u,) = arguments
        half = u.abs() / 2
        root = torch.sqrt(-torch.log(0.5 - half))
        middle = half * _quotient(_MIDDLE, 0.180625 - half * half)
        outside = torch.where(root <= 5, _quotient(_OUTER, root - 1.6), _quotient(_TAIL, root - 5))
        size = torch.where(half <= 0.425, middle, outside) * math.sqrt(0.5)
        size = torch.where(half == 0.5, math.inf, size)
        return torch.where(u < 0, -size, size)

    def partials(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        value = self(*arguments)
        return (_ROOT_PI / 2 * torch.exp(value * value),)


def _quotient(sides: tuple[tuple[float, ...], tuple[float, ...]], t: Tensor) -> Tensor:
    above, below = sides
    return polynomial(above, t) / polynomial(below, t)


def erfinv(u: Tensor) -> Tensor:
    """Return the number whose erf is u, of a real floating tensor; infinite at -1 and 1, NaN outside of them."""
    return _InverseErf()(u)

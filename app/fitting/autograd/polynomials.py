"""The classical orthogonal polynomials of any degree, differentiable any number of times.

The derivative of a classical orthogonal polynomial is again a classical orthogonal polynomial, so one
``torch.autograd.Function`` serves them all: its backward and its jvp apply it anew, to a degree lower by one.
A family is what that Function needs to know: its three-term recurrence and its derivative rule.

Formulas: NIST Digital Library of Mathematical Functions, section 18.9 (i) for the recurrences and 18.9 (iii) for the
derivatives, https://dlmf.nist.gov/18.9.
"""

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad


class _Family(ABC):
    """Polynomials p_0 = 1, p_1, p_2, ...; p_n = 0 for negative n, so that the derivative rule holds at n = 0 too."""

    __slots__ = ()

    @abstractmethod
    def step(self, k: int, /) -> tuple[float, float, float]:
        """Return slope, centre and lag of p_{k+1}(u) = slope (u - centre) p_k(u) - lag p_{k-1}(u), for k >= 0."""

    @abstractmethod
    def derivative(self, n: int, /) -> tuple[float, "_Family"]:
        """Return the factor and the family of p_n'(u) = factor q_{n-1}(u)."""


@dataclass(frozen=True, slots=True)
class _Gegenbauer(_Family):
    """C_n^(lam): Legendre with lam = 1/2, Chebyshev U with lam = 1."""

    lam: float

    def step(self, k: int, /) -> tuple[float, float, float]:
        return 2 * (k + self.lam) / (k + 1), 0.0, (k - 1 + 2 * self.lam) / (k + 1)

    def derivative(self, _n: int, /) -> tuple[float, _Family]:
        return 2 * self.lam, _Gegenbauer(self.lam + 1)


@dataclass(frozen=True, slots=True)
class _ChebyshevT(_Family):
    """T_n, of the first kind."""

    def step(self, k: int, /) -> tuple[float, float, float]:
        return (2.0 if k else 1.0), 0.0, 1.0

    def derivative(self, n: int, /) -> tuple[float, _Family]:
        return n, _Gegenbauer(1.0)


@dataclass(frozen=True, slots=True)
class _Jacobi(_Family):
    """P_n^(alpha, beta)."""

    alpha: float
    beta: float

    def step(self, k: int, /) -> tuple[float, float, float]:
        alpha, beta = self.alpha, self.beta
        # alpha + beta + 2, without cancellation where both are near -1.
        total = (alpha + 1) + (beta + 1)
        if k == 0:
            # The general step divides by zero here where alpha + beta is 0 or -1.
            return total / 2, (beta - alpha) / total, 0.0
        double = 2 * (k - 1) + total
        divisor = (k + 1) * (k - 1 + total)
        slope = (double + 1) * (double + 2) / (2 * divisor)
        centre = (beta - alpha) * (beta + alpha) / (double * (double + 2))
        lag = (k + alpha) * (k + beta) * (double + 2) / (divisor * double)
        return slope, centre, lag

    def derivative(self, n: int, /) -> tuple[float, _Family]:
        return (n + self.alpha + self.beta + 1) / 2, _Jacobi(self.alpha + 1, self.beta + 1)


@dataclass(frozen=True, slots=True)
class _Hermite(_Family):
    """Physicists' polynomials H_n with a scale of 2, probabilists' He_n with a scale of 1."""

    scale: float

    def step(self, k: int, /) -> tuple[float, float, float]:
        return self.scale, 0.0, self.scale * k

    def derivative(self, n: int, /) -> tuple[float, _Family]:
        return self.scale * n, self


@dataclass(frozen=True, slots=True)
class _Laguerre(_Family):
    """L_n^(alpha)."""

    alpha: float

    def step(self, k: int, /) -> tuple[float, float, float]:
        return -1 / (k + 1), 2 * k + 1 + self.alpha, (k + self.alpha) / (k + 1)

    def derivative(self, _n: int, /) -> tuple[float, _Family]:
        return -1.0, _Laguerre(self.alpha + 1)


def _evaluate(family: _Family, degree: int, u: Tensor) -> Tensor:
    if degree < 0:
        return torch.zeros_like(u)
    if degree == 0:
        return torch.ones_like(u)
    slope, centre, _ = family.step(0)
    previous = _times(_minus(u, centre), slope)
    if degree == 1:
        # A Function must not return its input itself.
        return previous.clone() if previous is u else previous
    slope, centre, lag = family.step(1)
    current = _minus(u, centre) * previous * slope - lag
    for k in range(2, degree):
        slope, centre, lag = family.step(k)
        following = torch.addcmul(previous * -lag, _minus(u, centre), current, value=slope)
        previous, current = current, following
    return current


def _minus(values: Tensor, centre: float) -> Tensor:
    return values - centre if centre else values


def _times(values: Tensor, factor: float) -> Tensor:
    return values if factor == 1 else values * factor


class _OrthogonalPolynomial(torch.autograd.Function):
    @staticmethod
    def forward(family: _Family, degree: int, u: Tensor) -> Tensor:
        return _evaluate(family, degree, u)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[_Family, int, Tensor], _output: Tensor) -> None:
        ctx.family, ctx.degree, u = inputs
        ctx.save_for_backward(u)
        ctx.save_for_forward(u)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[None, None, Tensor]:
        (u,) = ctx.saved_tensors
        return None, None, _times_derivative(grad_output, ctx.family, ctx.degree, u)

    @staticmethod
    def jvp(ctx: Any, _family: None, _degree: None, tangent: Tensor) -> Tensor:
        # torch switches forward mode off in here for every level at once, not only for the level it serves, so an
        # outer torch.func.jvp would take the derivative for a constant (pytorch/pytorch issue 197867).
        with forward_ad._set_fwd_grad_enabled(True):
            (u,) = ctx.saved_tensors
            return _times_derivative(tangent, ctx.family, ctx.degree, _unpack_dual(u).primal)

    @staticmethod
    def vmap(_info: Any, in_dims: tuple[Any, ...], family: _Family, degree: int, u: Tensor) -> tuple[Tensor, int]:
        return _polynomial(family, degree, u), in_dims[2]


# Named with their types, which torch leaves out.
_polynomial: Callable[[_Family, int, Tensor], Tensor] = _OrthogonalPolynomial.apply
_unpack_dual: Callable[[Tensor], forward_ad.UnpackedDualTensor] = forward_ad.unpack_dual

# apply asks for forward's signature at every call, and working it out anew takes longer than a low degree does.
vars(_OrthogonalPolynomial.forward)["__signature__"] = inspect.signature(_OrthogonalPolynomial.forward)


def _times_derivative(direction: Tensor, family: _Family, degree: int, u: Tensor) -> Tensor:
    factor, derivative = family.derivative(degree)
    # Where nobody differentiates the derivative (a plain backward), a Function would only cost time.
    evaluate = _polynomial if torch.is_grad_enabled() else _evaluate
    return _times(direction, factor) * evaluate(derivative, degree - 1, u)


def _checked_polynomial(family: _Family, n: int, u: Tensor) -> Tensor:
    if not isinstance(n, int) or isinstance(n, bool):
        raise TypeError(f"the degree n must be an int, not {type(n).__name__}")
    if n < 0:
        raise ValueError(f"the degree n must not be negative, but is {n}")
    if not isinstance(u, Tensor):
        raise TypeError(f"u must be a tensor, not {type(u).__name__}")
    if not u.is_floating_point():
        raise TypeError(f"u must be a real floating tensor, not {u.dtype}")
    return _polynomial(family, n, u)


def _checked_parameter(name: str, value: float, bound: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} must be a float, not {type(value).__name__}")
    if not (math.isfinite(value) and value > bound):
        raise ValueError(f"{name} must be finite and greater than {bound}, but is {value}")
    return float(value)


def legendre(n: int, u: Tensor) -> Tensor:
    """Return the Legendre polynomial P_n(u) = C_n^(1/2)(u), orthogonal on [-1, 1], P_n(1) = 1.

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii),
    Gegenbauer with lam = 1/2.

    Raises TypeError unless ``n`` is an int and ``u`` a real floating tensor, ValueError if ``n`` is negative.
    """
    return _checked_polynomial(_Gegenbauer(0.5), n, u)


def chebyshev_t(n: int, u: Tensor) -> Tensor:
    """Return the Chebyshev polynomial of the first kind T_n(u), orthogonal on [-1, 1], T_n(cos t) = cos(n t).

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii):
    T_{n+1} = 2 u T_n - T_{n-1} and T_n' = n U_{n-1}.

    Raises TypeError unless ``n`` is an int and ``u`` a real floating tensor, ValueError if ``n`` is negative.
    """
    return _checked_polynomial(_ChebyshevT(), n, u)


def chebyshev_u(n: int, u: Tensor) -> Tensor:
    """Return the Chebyshev polynomial of the second kind U_n(u) = C_n^(1)(u), orthogonal on [-1, 1], U_n(1) = n + 1.

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii),
    Gegenbauer with lam = 1.

    Raises TypeError unless ``n`` is an int and ``u`` a real floating tensor, ValueError if ``n`` is negative.
    """
    return _checked_polynomial(_Gegenbauer(1.0), n, u)


def gegenbauer(n: int, lam: float, u: Tensor) -> Tensor:
    """Return the Gegenbauer polynomial C_n^(lam)(u), orthogonal on [-1, 1] with weight (1 - u^2)^(lam - 1/2).

    It is also called ultraspherical. ``u`` is a real floating tensor of any shape; the result has its shape, dtype and
    device. DLMF 18.9 (i), (iii):
    (n + 1) C_{n+1}^(lam) = 2 (n + lam) u C_n^(lam) - (n + 2 lam - 1) C_{n-1}^(lam) and
    C_n^(lam)' = 2 lam C_{n-1}^(lam+1).

    Raises TypeError unless ``n`` is an int, ``lam`` a float and ``u`` a real floating tensor, ValueError if ``n`` is
    negative or ``lam`` is 0, not finite or not greater than -1/2.
    """
    if _checked_parameter("lam", lam, -0.5) == 0:
        raise ValueError("lam must not be 0, where C_n^(lam) vanishes for n > 0; use chebyshev_t")
    return _checked_polynomial(_Gegenbauer(float(lam)), n, u)


def jacobi(n: int, alpha: float, beta: float, u: Tensor) -> Tensor:
    """Return the Jacobi polynomial P_n^(alpha,beta)(u), orthogonal on [-1, 1] with weight (1 - u)^alpha (1 + u)^beta.

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii):
    P_n^(alpha,beta)' = (n + alpha + beta + 1) / 2 P_{n-1}^(alpha+1,beta+1).

    Raises TypeError unless ``n`` is an int, ``alpha`` and ``beta`` floats and ``u`` a real floating tensor, ValueError
    if ``n`` is negative or ``alpha`` or ``beta`` not finite or not greater than -1.
    """
    family = _Jacobi(_checked_parameter("alpha", alpha, -1), _checked_parameter("beta", beta, -1))
    return _checked_polynomial(family, n, u)


def hermite(n: int, u: Tensor) -> Tensor:
    """Return the physicists' Hermite polynomial H_n(u), orthogonal on the real line with weight exp(-u^2).

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii):
    H_{n+1} = 2 u H_n - 2 n H_{n-1} and H_n' = 2 n H_{n-1}.

    Raises TypeError unless ``n`` is an int and ``u`` a real floating tensor, ValueError if ``n`` is negative.
    """
    return _checked_polynomial(_Hermite(2.0), n, u)


def hermite_e(n: int, u: Tensor) -> Tensor:
    """Return the probabilists' Hermite polynomial He_n(u), orthogonal on the real line with weight exp(-u^2 / 2).

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii):
    He_{n+1} = u He_n - n He_{n-1} and He_n' = n He_{n-1}.

    Raises TypeError unless ``n`` is an int and ``u`` a real floating tensor, ValueError if ``n`` is negative.
    """
    return _checked_polynomial(_Hermite(1.0), n, u)


def laguerre(n: int, u: Tensor) -> Tensor:
    """Return the Laguerre polynomial L_n(u) = L_n^(0)(u), orthogonal on [0, inf) with weight exp(-u), L_n(0) = 1.

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii),
    generalised Laguerre with alpha = 0.

    Raises TypeError unless ``n`` is an int and ``u`` a real floating tensor, ValueError if ``n`` is negative.
    """
    return _checked_polynomial(_Laguerre(0.0), n, u)


def generalized_laguerre(n: int, alpha: float, u: Tensor) -> Tensor:
    """Return the generalised Laguerre polynomial L_n^(alpha)(u), orthogonal on [0, inf) with weight u^alpha exp(-u).

    ``u`` is a real floating tensor of any shape; the result has its shape, dtype and device. DLMF 18.9 (i), (iii):
    (n + 1) L_{n+1}^(alpha) = (2 n + alpha + 1 - u) L_n^(alpha) - (n + alpha) L_{n-1}^(alpha) and
    L_n^(alpha)' = -L_{n-1}^(alpha+1).

    Raises TypeError unless ``n`` is an int, ``alpha`` a float and ``u`` a real floating tensor, ValueError if ``n`` is
    negative or ``alpha`` not finite or not greater than -1.
    """
    return _checked_polynomial(_Laguerre(_checked_parameter("alpha", alpha, -1)), n, u)

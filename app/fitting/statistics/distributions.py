"""Quantiles of the normal distribution and of Student's t, and probabilities of F and of chi-squared."""

import math
from functools import lru_cache
from statistics import NormalDist

import torch

_MANY = 1_000
"""Degrees of freedom from which on t follows from its distance from the normal distribution."""
_MOST_STEPS = 100
_CLOSE = 1e-9
"""Size of a step in ln t after which the next would be rounding."""
_MOST_TERMS = 1_000
_ROUNDING = 2.0**-52
_TINY = 1e-300


@lru_cache(maxsize=1000)
def two_sided(level: float, degrees_of_freedom: float | None = None) -> float:
    """Return the size below which Student's t is with probability `level`.

    Without degrees of freedom the variable is normal. The square is the quantile of F with one degree of freedom in the
    numerator, or of chi-squared with one.
    """
    if degrees_of_freedom is None:
        return -NormalDist().inv_cdf((1 - level) / 2)
    near = _near_normal(two_sided(level), degrees_of_freedom)
    return near if degrees_of_freedom >= _MANY else _by_newton(level, degrees_of_freedom, near or level)


def above_f(f: float, numerator: float, denominator: float) -> float:
    """Return the probability that F, with so many degrees of freedom, is larger than `f`.

    Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.6.2.
    """
    if not f > 0:
        return 1.0
    a, b = denominator / 2, numerator / 2
    ratio = numerator / denominator * f
    # The logarithms of x = 1 / (1 + ratio) and of 1 - x.
    logarithm, rest = -math.log1p(ratio), -math.log1p(1 / ratio)
    front = math.exp(a * logarithm + b * rest + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b))
    if 1 / (1 + ratio) < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, 1 / (1 + ratio)) / a
    return 1 - front * _beta_fraction(b, a, ratio / (1 + ratio)) / b


def above_chi_squared(chi_squared: float, degrees_of_freedom: float) -> float:
    """Return the probability that chi-squared, with so many degrees of freedom, is larger than a number."""
    half = torch.tensor([degrees_of_freedom / 2, max(chi_squared, 0.0) / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(*half))


def _by_newton(level: float, degrees_of_freedom: float, t: float) -> float:
    """Return the size below which Student's t is with probability `level`, by Newton's method from `t` above 0.

    The logarithm of either share is concave in that of t: there the method converges from everywhere.
    """
    for _ in range(_MOST_STEPS):
        inner, outer, slope = _shares(t, degrees_of_freedom)
        if not slope:
            break
        # The smaller of the two shares has all its digits.
        missing = math.log(level / inner) * inner if level < 0.5 else math.log(outer / (1 - level)) * outer
        step = missing / slope
        t *= math.exp(step)
        if abs(step) < _CLOSE:
            break
    return t


def _shares(t: float, degrees_of_freedom: float) -> tuple[float, float, float]:
    """Return the probabilities that Student's t is smaller, and larger, than `t` in size, and the slope of the first.

    The slope is the derivative by ln t. Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.1.
    """
    ratio = t * t / degrees_of_freedom
    a, b = 0.5, degrees_of_freedom / 2
    # The logarithms of x = ratio / (1 + ratio) = t^2 / (t^2 + degrees of freedom), and of 1 - x.
    logarithm, rest = -math.log1p(1 / ratio) if ratio else -math.inf, -math.log1p(ratio)
    front = math.exp(a * logarithm + b * rest + math.lgamma(a + b) - math.lgamma(b)) / math.sqrt(math.pi)
    if ratio / (1 + ratio) < (a + 1) / (a + b + 2):
        inner = front * _beta_fraction(a, b, ratio / (1 + ratio)) / a
        return inner, 1 - inner, 2 * front
    outer = front * _beta_fraction(b, a, 1 / (1 + ratio)) / b
    return 1 - outer, outer, 2 * front


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function: Abramowitz and Stegun, 26.5.8."""
    # Evaluated by the modified method of Lentz (Press et al., "Numerical Recipes", 6.4).
    above, below = 1.0, 1 / ((1.0 - (a + b) * x / (a + 1)) or _TINY)
    fraction = below
    for m in range(1, _MOST_TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            below = 1 / (1 + term * below or _TINY)
            above = 1 + term / above or _TINY
            change = above * below
            fraction *= change
        if abs(change - 1) < _ROUNDING:
            break
    return fraction


def _near_normal(z: float, degrees_of_freedom: float) -> float:
    """Return the quantile of Student's t from that of the normal distribution: Abramowitz and Stegun, 26.7.5."""
    square = z * z
    terms = (
        (square + 1) / 4,
        ((5 * square + 16) * square + 3) / 96,
        (((3 * square + 19) * square + 17) * square - 15) / 384,
        ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92160,
    )
    return z * (1 + sum(term / degrees_of_freedom**power for power, term in enumerate(terms, 1)))

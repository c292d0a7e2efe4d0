"""Quantiles of Student's t and the normal distribution."""

import math
from statistics import NormalDist

_ROUNDING = 2.0**-52
_TINY = 1e-300


def normal_quantile(probability: float) -> float:
    """The number below which a standard normal variable is with this probability."""
    return NormalDist().inv_cdf(probability)


def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """The number below which Student's t is with this probability, by bisection of its distribution to rounding."""
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees_of_freedom)
    tail = 2 * (1 - probability)
    low, high = 0.0, 1.0
    while _two_tails(high, degrees_of_freedom) > tail and high < math.inf:
        low, high = high, 2 * high
    while high - low > 2 * _ROUNDING * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _two_tails(middle, degrees_of_freedom) > tail:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def two_sided(level: float, degrees_of_freedom: float | None) -> float:
    """Standard errors on either side of a mean that hold it at a confidence level; without degrees: normal."""
    probability = (1 + level) / 2
    if degrees_of_freedom is None:
        return normal_quantile(probability)
    return t_quantile(probability, degrees_of_freedom)


def _two_tails(t: float, degrees_of_freedom: float) -> float:
    """Probability that the size of Student's t is larger: Abramowitz and Stegun, 26.7.1."""
    square = t * t
    return _incomplete_beta(degrees_of_freedom / 2, 0.5, degrees_of_freedom / (degrees_of_freedom + square))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function I_x(a, b): Abramowitz and Stegun, 26.5.8."""
    if x in (0.0, 1.0):
        return x
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) * _beta_fraction(a, b, x) / a


def _beta_fraction(a: float, b: float, x: float) -> float:
    # Evaluated by the modified method of Lentz (Press et al., "Numerical Recipes", 6.4).
    fraction, above, below = 1.0, 1.0, 1.0 - (a + b) * x / (a + 1)
    below = 1 / (below or _TINY)
    fraction = below
    for m in range(1, 10_000):
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

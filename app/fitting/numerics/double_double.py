"""Numbers as unevaluated sums of two float64: about 32 significant digits where float64 has 16.

Error-free transformations: T. J. Dekker, "A floating-point technique for extending the available precision", 1971;
D. E. Knuth, "The Art of Computer Programming", volume 2, section 4.2.2; T. Ogita, S. M. Rump and S. Oishi, "Accurate
Sum and Dot Product", 2005. Operations: M. Joldes, J.-M. Muller and V. Popescu, "Tight and rigorous error bounds for
basic building blocks of double-word arithmetic", 2017.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_SPLITTER = 2.0**27 + 1
"""Cuts the 53 bits of a float64 into two halves whose products are exact."""


@dataclass(frozen=True)
class DoubleDouble:
    """The sum high + low of two float64 tensors of one shape; low is at most half a unit in the last place of high.

    Operands broadcast as in torch. Relative errors are a few 1e-32, as long as products neither pass 1e308 nor leave
    low parts below 1e-308. Where an operand is too large to be split (above 1e300) or not finite, an operation is that
    of float64, with low = 0: `high` is then infinite or NaN exactly where float64 would be.
    """

    high: Tensor
    low: Tensor

    @classmethod
    def of(cls, numbers: Tensor) -> "DoubleDouble":
        """Return the numbers, of float64 or a narrower dtype, exactly."""
        high = numbers.double()
        return cls(high, torch.zeros_like(high))

    @property
    def shape(self) -> torch.Size:
        """Return the common shape of high and low."""
        return self.high.shape

    def __getitem__(self, index: Any) -> "DoubleDouble":
        return DoubleDouble(self.high[index], self.low[index])

    def __setitem__(self, index: Any, value: "DoubleDouble") -> None:
        self.high[index] = value.high
        self.low[index] = value.low

    def __neg__(self) -> "DoubleDouble":
        return DoubleDouble(-self.high, -self.low)

    def __add__(self, other: "DoubleDouble") -> "DoubleDouble":
        high, error = two_sum(self.high, other.high)
        low, low_error = two_sum(self.low, other.low)
        high, error = _quick_two_sum(high, error + low)
        return DoubleDouble(*_quick_two_sum(high, error + low_error))

    def __sub__(self, other: "DoubleDouble") -> "DoubleDouble":
        return self + -other

    def __mul__(self, other: "DoubleDouble") -> "DoubleDouble":
        high, error = two_product(self.high, other.high)
        crossed = self.high * other.low + self.low * other.high
        return DoubleDouble(*_quick_two_sum(high, error + _finite(crossed)))

    def __truediv__(self, other: "DoubleDouble") -> "DoubleDouble":
        quotient = DoubleDouble.of(self.high / other.high)
        for _ in range(2):
            rest = self - quotient * other
            quotient = quotient + DoubleDouble.of(_finite(rest.high / other.high))
        return quotient

    def __pow__(self, exponent: int) -> "DoubleDouble":
        """Raise to a whole power by repeated squaring; the relative error grows in proportion to the exponent."""
        if exponent < 0:
            return DoubleDouble.of(torch.ones_like(self.high)) / self**-exponent
        power, square = DoubleDouble.of(torch.ones_like(self.high)), self
        while exponent:
            if exponent & 1:
                power = power * square
            exponent >>= 1
            if exponent:
                square = square * square
        return power

    def times_power_of_two(self, exponent: Tensor) -> "DoubleDouble":
        """Multiply by 2^exponent, a whole number from -1000 to 1000: exact where nothing overflows or underflows."""
        factor = torch.ldexp(torch.ones_like(exponent, dtype=torch.float64), exponent)
        return DoubleDouble(self.high * factor, self.low * factor)

    def sum(self) -> "DoubleDouble":
        """Sum over the first dimension, pairwise."""
        total = self
        while len(total.high) > 1:
            half = len(total.high) // 2
            pairs = total[:half] + total[half : 2 * half]
            rest = total[2 * half :]
            total = DoubleDouble(torch.cat([pairs.high, rest.high]), torch.cat([pairs.low, rest.low]))
        return DoubleDouble(total.high.sum(0), total.low.sum(0))


def two_sum(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rounded sum and its error, which together are a + b exactly, if the sum is finite."""
    total = a + b
    b_part = total - a
    return total, _finite((a - (total - b_part)) + (b - b_part))


def two_product(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rounded product and its error, which together are a * b exactly.

    This holds in the range that `DoubleDouble` names; beyond it the error is 0.
    """
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    return product, _finite(((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low)


def _split(a: Tensor) -> tuple[Tensor, Tensor]:
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def _quick_two_sum(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Return what `two_sum` returns, if abs(a) is at least abs(b)."""
    total = a + b
    return total, _finite(b - (total - a))


def _finite(error: Tensor) -> Tensor:
    """Return the error, and 0 where an overflow left no finite one."""
    return torch.nan_to_num(error, nan=0.0, posinf=0.0, neginf=0.0)

"""Series of orthogonal functions in x as formulas: sums that are linear in their coefficients.

x is mapped onto the natural domain of the functions by u = (x - origin) / unit. Origin and unit stand in the formula
with as many digits as give the same float64 again, so that the formula says all there is to the series.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from torch import Tensor

from app.fitting.formulas.formula import FormulaError, parse

_MOST_DEGREE = 100


class SeriesError(ValueError):
    """There is no such series, or none of this degree or scale."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """What the error is about: `series`, `degree`, `scale` or `x`."""


@dataclass(frozen=True)
class Scale:
    """The map u = (x - origin) / unit."""

    origin: float
    unit: float
    variable: str = "x"
    """The name of x in formulas."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.origin) and math.isfinite(self.unit) and self.unit > 0):
            raise SeriesError("scale", "the origin must be finite, the unit finite and greater than 0")

    @classmethod
    def of_domain(cls, low: float, high: float) -> "Scale":
        """Return the scale on which u goes from -1 at x = `low` to 1 at x = `high`."""
        return cls(low / 2 + high / 2, high / 2 - low / 2)

    @classmethod
    def of_period(cls, period: float) -> "Scale":
        """Return the scale on which u counts periods from x = 0."""
        return cls(0.0, period)

    def text(self) -> str:
        """Return the map as a formula in x, in brackets where it needs them to be a factor."""
        origin, unit = repr(abs(self.origin)), repr(self.unit)
        x = self.variable
        shifted = x if self.origin == 0 else f"({x} {'-' if self.origin > 0 else '+'} {origin})"
        return shifted if self.unit == 1 else f"{shifted}/{unit}"

    def __call__(self, x: Tensor) -> Tensor:
        """Return u for x of any shape."""
        return (x - self.origin) / self.unit


@dataclass(frozen=True)
class _Series:
    scale: Callable[[Tensor], Scale]
    """Returns the natural scale for data at x (points,)."""
    terms: Callable[[int, str], list[tuple[str, str]]]
    """Returns name of coefficient and function of each term, for a degree and the text of u."""


def coefficient_names(series: str, degree: int) -> tuple[str, ...]:
    """Return the names c0, c1, ..., c<degree>; for a Fourier series c0, a1, b1, a2, b2, ....

    Raises SeriesError for an unknown series or a negative degree.
    """
    return tuple(name for name, _ in _checked(series, degree).terms(degree, "x"))


def natural_scale(series: str, x: Tensor) -> Scale:
    """Return the scale that a series takes for data at x (points,) if none is given.

    `legendre`, `chebyshev`: u from -1 at the smallest x to 1 at the largest. `hermite`: x standardised to a mean of 0
    and a variance of 1/2, that of the weight exp(-u^2). `laguerre`: u is 0 at the smallest x and has the mean 1, that
    of the weight exp(-u). `fourier`: the period is the range of x, as of a function sampled over one period with both
    ends. Raises SeriesError where all x are the same, or their range is no float64.
    """
    definition = _checked(series, 0)
    x = x.double()
    if not bool(x.amin() < x.amax()):
        raise SeriesError("x", "a series needs at least two different x")
    try:
        return definition.scale(x)
    except SeriesError:
        raise SeriesError("x", "the range of x is too small or too large for a float64") from None


def series_formula(series: str, degree: int, scale: Scale) -> str:
    """Return the series as the text of a formula in x, its coefficients named as `coefficient_names` has them.

    `legendre`: sum of c_k P_k(u); `chebyshev`: T_k; `hermite`: the physicists' H_k; `laguerre`: L_k; `fourier`:
    c0 + sum of a_k cos(2 pi k u) + b_k sin(2 pi k u). Raises SeriesError for an unknown series, a negative degree, and
    a degree whose formula passes the bounds of `parse`: `highest_degree` returns the highest that does not.
    """
    text = _text(series, degree, scale)
    try:
        parse(text, (scale.variable,))
    except FormulaError as error:
        raise SeriesError("degree", f"the formula of degree {degree} would be too long: {error.message}") from None
    return text


def highest_degree(series: str, scale: Scale) -> int:
    """Return the highest degree at which the series is a formula within the bounds of `parse`.

    It is at most 44 for polynomials, by the sum of their degrees, and 49 for a Fourier series, by the number of its
    coefficients, and lower where origin and unit have so many digits that the text becomes too long.
    """
    low, high = 0, _MOST_DEGREE
    while low < high:
        middle = (low + high + 1) // 2
        try:
            series_formula(series, middle, scale)
            low = middle
        except SeriesError:
            high = middle - 1
    return low


def _text(series: str, degree: int, scale: Scale) -> str:
    terms = _checked(series, degree).terms(degree, scale.text())
    return " + ".join(f"{name}*{function}" if function else name for name, function in terms)


def _checked(series: str, degree: int) -> _Series:
    if series not in SERIES:
        raise SeriesError("series", f"unknown series {series!r}: choose one of {', '.join(SERIES)}")
    if degree < 0:
        raise SeriesError("degree", f"the degree must not be negative, but is {degree}")
    return SERIES[series]


def _whole_range(x: Tensor) -> Scale:
    return Scale.of_domain(x.amin().item(), x.amax().item())


def _standardised(x: Tensor) -> Scale:
    # Mean and variance are taken of numbers near 1, whose squares neither overflow nor vanish.
    domain = _whole_range(x)
    u = domain(x)
    origin = domain.origin + domain.unit * u.mean().item()
    return Scale(origin, domain.unit * math.sqrt(2) * u.std(correction=0).item())


def _from_smallest(x: Tensor) -> Scale:
    smallest = x.amin()
    return Scale(smallest.item(), (x - smallest).mean().item())


def _one_period(x: Tensor) -> Scale:
    return Scale.of_period((x.amax() - x.amin()).item())


def _polynomial_terms(letter: str, degree: int, u: str) -> list[tuple[str, str]]:
    return [("c0", ""), *((f"c{k}", f"{letter}{k}({u})") for k in range(1, degree + 1))]


def _fourier_terms(degree: int, u: str) -> list[tuple[str, str]]:
    terms = [("c0", "")]
    for k in range(1, degree + 1):
        terms += [(f"a{k}", f"cos({2 * k}*pi*{u})"), (f"b{k}", f"sin({2 * k}*pi*{u})")]
    return terms


SERIES: Mapping[str, _Series] = MappingProxyType(
    {
        "legendre": _Series(_whole_range, partial(_polynomial_terms, "P")),
        "chebyshev": _Series(_whole_range, partial(_polynomial_terms, "T")),
        "hermite": _Series(_standardised, partial(_polynomial_terms, "H")),
        "laguerre": _Series(_from_smallest, partial(_polynomial_terms, "L")),
        "fourier": _Series(_one_period, _fourier_terms),
    }
)
"""Every series by name."""

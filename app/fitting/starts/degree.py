"""The choice of a series' degree by the data: every degree gets its score from one QR decomposition."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from app.fitting.formulas.series import SERIES, Scale, SeriesError, natural_scale
from app.fitting.numerics.chebyshev import Chebyshev
from app.fitting.numerics.tall_qr import Basis, triangle_of, weighted_blocks

_EXACT = 256 * torch.finfo(torch.float64).eps
"""Norm of a residual, as a share of that of the data, up to which it is rounding and no misfit."""
_DEPENDENT = 1e-13
"""Share of a column that is not in the columns before it, up to which that share is rounding."""


@dataclass(frozen=True)
class Choice:
    """A degree, and why it was chosen."""

    degree: int
    """The lowest degree with the best score."""
    scores: tuple[float | None, ...]
    """The score of each degree from 0; smaller is better, None where a fit would tell nothing."""


def choose_degree(
    series: str,
    x: Tensor,
    y: Tensor,
    factor: Tensor | None = None,
    max_degree: int = 20,
    criterion: str = "aicc",
    scale: Scale | None = None,
) -> Choice:
    """Choose the degree, from 0 to `max_degree`, of the series that describes y (points,) at x (points,) best.

    Each residual is multiplied by its `factor` (points,); a point whose factor is 0 does not count. With N points, P
    coefficients and the sum of squared residuals S, `aicc` is N ln(S / N) + 2 P + 2 P (P + 1) / (N - P - 1), P as in
    `statistics` (C. M. Hurvich and C.-L. Tsai, "Regression and time series model selection in small samples", 1989);
    `bic` is N ln(S / N) + P ln N (G. Schwarz, "Estimating the Dimension of a Model", 1978); `cross_validation` is the
    sum of squared errors of each point as predicted from all others, PRESS (D. M. Allen, "The Relationship Between
    Variable Selection and Data Augmentation and a Method for Prediction", 1974). All polynomial series of one degree
    are the same functions and score the same; `scale` matters to a Fourier series alone, whose period it is (default:
    `natural_scale`).

    A degree that passes through all points, or that they do not determine, has no score. Once the residual is no more
    than rounding, higher degrees are not better. Raises SeriesError for an unknown series or criterion, a negative
    degree, and fewer than two different x that count.
    """
    if criterion not in CRITERIA:
        raise SeriesError("criterion", f"unknown criterion {criterion!r}: choose one of {', '.join(CRITERIA)}")
    if max_degree < 0:
        raise SeriesError("degree", f"the highest degree must not be negative, but is {max_degree}")
    if series not in SERIES:
        raise SeriesError("series", f"unknown series {series!r}: choose one of {', '.join(SERIES)}")
    scale = scale or natural_scale(series, x)
    x, y, factor = x.double(), y.double(), None if factor is None else factor.double()
    if factor is not None:
        counts = factor > 0
        x, y, factor = x[counts], y[counts], factor[counts]
    different = len(x.unique())
    if different < 2:
        raise SeriesError("x", "a series needs at least two different x that count")
    # The squares of numbers near 1 neither overflow nor vanish.
    y, largest = _normalised(y)
    if factor is not None:
        factor, heaviest = _normalised(factor)
        largest *= heaviest
    width = 2 if series == "fourier" else 1
    degree = max(0, min(max_degree, (different - 2) // width))
    sample = _Sample(_basis(series, degree, x, scale), x, y, factor, [1 + width * k for k in range(degree + 1)])
    scores = [score if math.isfinite(score) else None for score in CRITERIA[criterion](sample)]
    known = [(score, degree) for degree, score in enumerate(scores) if score is not None]
    padding = [None] * (max_degree + 1 - len(scores))
    in_unit = [_in_unit(criterion, score, len(x), largest) for score in scores]
    return Choice(min(known)[1] if known else 0, (*in_unit, *padding))


def _normalised(values: Tensor) -> tuple[Tensor, float]:
    """Return the values divided by the largest of them, and the largest; 1 where all are 0."""
    largest = values.abs().amax().item() or 1.0
    return values / largest, largest


def _in_unit(criterion: str, score: float | None, points: int, unit: float) -> float | None:
    """Return the score in the data's own unit, by which they were divided; None where no float64 can hold it."""
    if score is None:
        return None
    score = score * unit * unit if criterion == "cross_validation" else score + 2 * points * math.log(unit)
    return score if math.isfinite(score) else None


def _basis(series: str, degree: int, x: Tensor, scale: Scale) -> Basis:
    """Return columns that span the series of a degree, those of each degree after those of the one before."""
    if series == "fourier":
        return lambda x: _harmonics(2 * math.pi * scale(x), degree)
    # Which polynomials span the polynomials of a degree does not matter: these are well conditioned.
    return Chebyshev.between(x.amin().item(), x.amax().item(), degree)


def _harmonics(angle: Tensor, degree: int) -> list[Tensor]:
    angles = [angle * k for k in range(1, degree + 1)]
    return [torch.ones_like(angle), *(function(multiple) for multiple in angles for function in (torch.cos, torch.sin))]


class _Sample:
    """Weighted data, and the triangle of the QR decomposition of columns and response together."""

    def __init__(self, basis: Basis, x: Tensor, y: Tensor, factor: Tensor | None, coefficients: list[int]) -> None:
        self._data = (basis, x, y, factor)
        self.coefficients = coefficients
        """Number of coefficients of each degree."""
        square = triangle_of(self.blocks())
        self.triangle = square[:-1, :-1]
        self.projected = square[:-1, -1]
        """The response in the orthonormal basis."""
        self.points = len(x)
        self.floor = (_EXACT * square[:, -1].norm().item()) ** 2
        """The largest sum of squares that is mere rounding."""
        self._squares = square[:, -1].square().flip(0).cumsum(0).flip(0)[1:]
        dependent = self.triangle.diagonal().abs() <= _DEPENDENT * self.triangle.norm(dim=0)
        self.determined = int(dependent.long().argmax()) if dependent.any() else len(dependent)
        """Number of columns before the first one that depends on those before it."""

    def blocks(self) -> Iterator[Tensor]:
        """Return columns and, as the last, response, weighted, some points at a time."""
        return weighted_blocks(*self._data)

    def residual_squares(self, coefficients: int) -> float:
        """Return the sum of squared residuals with so many coefficients, but no less than rounding makes it."""
        return float(max(self._squares[coefficients - 1].item(), self.floor))


def _aicc(sample: _Sample) -> list[float]:
    def score(free: int) -> float:
        if sample.points - free < 2:
            return math.nan
        return _likelihood(sample, free) + 2 * free + 2 * free * (free + 1) / (sample.points - free - 1)

    return [score(free) if free <= sample.determined else math.nan for free in sample.coefficients]


def _bic(sample: _Sample) -> list[float]:
    def score(free: int) -> float:
        return _likelihood(sample, free) + free * math.log(sample.points)

    return [
        score(free) if free <= sample.determined and free < sample.points else math.nan for free in sample.coefficients
    ]


def _likelihood(sample: _Sample, free: int) -> float:
    squares = sample.residual_squares(free)
    return sample.points * math.log(squares / sample.points) if squares > 0 else -math.inf


def _cross_validation(sample: _Sample) -> list[float]:
    count = min(sample.determined, len(sample.projected))
    sums = sample.projected.new_zeros(count)
    for block in sample.blocks():
        triangle = sample.triangle[:count, :count]
        orthonormal = torch.linalg.solve_triangular(triangle, block[:, :count], upper=True, left=False)
        residual = block[:, -1:] - (orthonormal * sample.projected[:count]).cumsum(1)
        influence = 1 - orthonormal.square().cumsum(1)
        # A point that alone determines a coefficient can't be predicted from the others.
        errors = torch.where(influence > 1e-10, residual / influence, math.nan)
        sums += errors.square().sum(0)
    known = dict(enumerate(sums.tolist(), 1))
    return [max(known.get(free, math.nan), sample.floor) for free in sample.coefficients]


CRITERIA: Mapping[str, Callable[[_Sample], list[float]]] = MappingProxyType(
    {"aicc": _aicc, "bic": _bic, "cross_validation": _cross_validation}
)
"""Functions by criterion that return the score of each degree, for data divided by the largest of them."""

"""Orthogonal polynomials as a product over their roots, for languages without loops.

All roots are real and simple, and the product is as accurate as the recurrence, where powers of u would lose all digits
from degree 40 on.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

import torch

from app.fitting.exports.recurrences import RECURRENCES
from app.fitting.formulas.formula import parse

_LARGE = 2.0**200
"""A u so large that what is added to it does not count."""


@dataclass(frozen=True)
class ProductForm:
    """The polynomial factor * product of (u - root) * product of (u^2 - square), times u if it is `odd`."""

    factor: float
    roots: tuple[float, ...]
    squares: tuple[float, ...]
    odd: bool


@lru_cache(maxsize=256)
def product_form(name: str, degree: int, family: tuple[float, ...] = ()) -> ProductForm:
    """Return the product form of a polynomial by its name in FUNCTIONS. Even and odd polynomials are made of squares.

    The roots are the eigenvalues of the Jacobi matrix of the monic recurrence (G. H. Golub and J. H. Welsch, Math.
    Comp. 23, 1969), made exact to rounding by Newton's method.
    """
    factor, centres, lags = _monic(name, degree, family)
    matrix = torch.zeros(degree, degree, dtype=torch.float64)
    matrix += torch.diag(torch.tensor(centres, dtype=torch.float64))
    matrix += torch.diag(torch.tensor(lags[1:], dtype=torch.float64).sqrt(), -1)
    roots = torch.linalg.eigvalsh(matrix).tolist() if degree else []
    if any(centres):
        return ProductForm(factor, tuple(float(_polished(root, centres, lags)) for root in roots), (), odd=False)
    squares = tuple(float(_polished(root, centres, lags) ** 2) for root in roots[(degree + 1) // 2 :])
    return ProductForm(factor, (), squares, odd=degree % 2 == 1)


def _monic(name: str, degree: int, family: tuple[float, ...]) -> tuple[float, list[float], list[float]]:
    """Return the leading coefficient, and the centres and lags of the monic polynomials' recurrence.

    It is q_{k+1} = (u - centre) q_k - lag q_{k-1} for k = 0 ... degree - 1.
    """
    recurrence = RECURRENCES[name]
    first, step = parse(recurrence.first, ("u",)), parse(recurrence.step, ("u",))
    family_values = dict(zip(recurrence.family, family, strict=True))

    def at(k: int, u: float, current: float, previous: float) -> float:
        values = {**family_values, "u": u, "k": k, "current": current, "previous": previous}
        formula = step if k else first
        tensors = {key: torch.tensor(value, dtype=torch.float64) for key, value in values.items()}
        return formula(tensors).item()

    factor, slope = 1.0, 1.0
    centres, lags = [], []
    for k in range(degree):
        constant, lower = at(k, 0.0, 1.0, 0.0), -at(k, 0.0, 0.0, 1.0) if k else 0.0
        before, slope = slope, at(k, _LARGE, 1.0, 0.0) / _LARGE
        centres.append(-constant / slope)
        lags.append(lower / (slope * before))
        factor *= slope
    return factor, centres, lags


def _polished(root: float, centres: list[float], lags: list[float]) -> Decimal:
    with localcontext(prec=40):
        u = Decimal(root)
        exact = [(Decimal(centre), Decimal(lag)) for centre, lag in zip(centres, lags, strict=True)]
        for _ in range(3):
            previous, current, slope_before, slope = Decimal(0), Decimal(1), Decimal(0), Decimal(0)
            for centre, lag in exact:
                following = (u - centre) * current - lag * previous
                slope_before, slope = slope, current + (u - centre) * slope - lag * slope_before
                previous, current = current, following
            u -= current / slope
        return u

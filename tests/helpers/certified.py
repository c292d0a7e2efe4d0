"""The sets of NIST's Statistical Reference Datasets, and how many digits agree with them."""

from collections.abc import Sequence
from pathlib import Path

import mpmath

NIST = Path(__file__).parent.parent / "nist"
LINEAR_SETS = {path.stem: path for path in sorted((NIST / "linear").glob("*.json"))}
NONLINEAR_SETS = {path.stem: path for path in sorted((NIST / "data").glob("*.json"))}
EXACT = ("Wampler1", "Wampler2")
"""Sets whose data are the model itself: standard errors and residuals are 0."""


def correct_digits(computed: Sequence[float], certified: Sequence[str]) -> float:
    """Return how many decimal digits of the worst number are right."""
    errors = [abs(mpmath.mpf(a) / mpmath.mpf(b) - 1) for a, b in zip(computed, certified, strict=True)]
    return float(-mpmath.log10(max(*errors, mpmath.mpf("1e-16"))))

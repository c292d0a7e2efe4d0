"""Models compared that were fitted to the same data: information criteria, and tests where one is nested in the other.

K. P. Burnham and D. R. Anderson, "Model Selection and Multimodel Inference", 2002, chapter 2; D. M. Bates and
D. G. Watts, "Nonlinear Regression Analysis and Its Applications", 1988, section 3.10.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from app.fitting.statistics.distributions import above_chi_squared, above_f

Criterion = Literal["aicc", "aic", "bic"]

_LOWER = 1e-9
"""Share by which the loss of the smaller model must be below that of the larger to be more than rounding."""


class Likelihood(StrEnum):
    """The kind of a likelihood: what is known of the variance of y."""

    ESTIMATED = "estimated"
    """Normal, the variance is estimated from the residuals."""
    ABSOLUTE = "absolute"
    """Normal, the variance is known."""
    COUNTS = "counts"
    """Poisson."""


@dataclass(frozen=True)
class Tally:
    """What a comparison needs of a model and its data; the tallies of several curves add up."""

    ndata: int
    """Number of points that count."""
    nvarys: int
    """Number of parameters that were fitted and are not at a bound."""
    loss: float
    """Sum of squared weighted residuals, or for counts the deviance."""
    offset: float
    """What does not depend on the model: minus the sum of the logarithms of the weights; for counts minus twice the
    logarithm of the likelihood of a perfect model."""

    def __add__(self, other: "Tally") -> "Tally":
        """Return the tally of both."""
        return Tally(
            self.ndata + other.ndata, self.nvarys + other.nvarys, self.loss + other.loss, self.offset + other.offset
        )


@dataclass(frozen=True)
class Criteria:
    """Criteria of a model; None where a number does not exist.

    With the likelihood L, N points and `k` parameters: `aic` = -2 ln L + 2 k, `aicc` = aic + 2 k (k + 1) / (N - k - 1),
    `bic` = -2 ln L + k ln N. An estimated variance counts as a parameter, as in R, and L has all of its constants.
    """

    k: int
    log_likelihood: float | None
    aic: float | None
    aicc: float | None
    bic: float | None


def criteria(tally: Tally, likelihood: Likelihood) -> Criteria:
    """Return the criteria of a model."""
    k, ndata = tally.nvarys + (likelihood is Likelihood.ESTIMATED), tally.ndata
    minus_twice = _minus_twice_log_likelihood(tally, likelihood)
    if minus_twice is None:
        return Criteria(k, None, None, None, None)
    aic = minus_twice + 2 * k
    aicc = aic + 2 * k * (k + 1) / (ndata - k - 1) if ndata > k + 1 else None
    return Criteria(k, -minus_twice / 2, aic, aicc, minus_twice + k * math.log(ndata))


def _minus_twice_log_likelihood(tally: Tally, likelihood: Likelihood) -> float | None:
    if not (math.isfinite(tally.loss + tally.offset) and tally.ndata > 0):
        return None
    if likelihood is Likelihood.COUNTS:
        return tally.loss + tally.offset
    if likelihood is Likelihood.ABSOLUTE:
        return tally.loss + tally.ndata * math.log(2 * math.pi) + tally.offset
    if not tally.loss > 0:
        return None
    return tally.ndata * (math.log(2 * math.pi * tally.loss / tally.ndata) + 1) + tally.offset


@dataclass(frozen=True)
class Standing:
    """The place of a model among others by a criterion; None where the criterion does not exist."""

    delta: float | None
    """The criterion, less that of the best model."""
    weight: float | None
    """Akaike weight: exp(-delta / 2), divided by the sum of these; the models together have 1."""
    evidence_ratio: float | None
    """How many times the best model is more likely, by their weights: exp(delta / 2)."""


def standings(compared: Sequence[Criteria], criterion: Criterion) -> list[Standing]:
    """Return the place of each model; models without the criterion have none, and do not count for the others."""
    values = [getattr(one, criterion) for one in compared]
    known = [value for value in values if value is not None]
    if not known:
        return [Standing(None, None, None) for _ in values]
    best = min(known)
    total = sum(math.exp((best - value) / 2) for value in known)
    return [
        Standing(None, None, None)
        if value is None
        else Standing(value - best, math.exp((best - value) / 2) / total, _ratio(value - best))
        for value in values
    ]


def _ratio(delta: float) -> float | None:
    return math.exp(delta / 2) if delta < 2 * math.log(1e300) else None


class KindOfTest(StrEnum):
    """A test of a model against one in which it is nested."""

    F = "f"
    """Extra sum of squares, where the variance of y was estimated."""
    CHI_SQUARED = "chi_squared"
    """Difference of chi-squared, where the variance of y is known."""
    LIKELIHOOD_RATIO = "likelihood_ratio"
    """Difference of deviance, for counts."""


TEST_OF = {
    Likelihood.ESTIMATED: KindOfTest.F,
    Likelihood.ABSOLUTE: KindOfTest.CHI_SQUARED,
    Likelihood.COUNTS: KindOfTest.LIKELIHOOD_RATIO,
}
"""The test for each kind of likelihood."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a test; None where there is none."""

    statistic: float | None
    df: int
    """Degrees of freedom: how many parameters more the larger model has."""
    nfree: int | None
    """Degrees of freedom of the larger model, in the denominator of F."""
    p_value: float | None
    """Probability of so large a statistic, or a larger one, if the smaller model is right."""
    message: str | None
    """Why there is no outcome, in words."""


def outcome_of(smaller: Tally, larger: Tally, likelihood: Likelihood) -> Outcome:
    """Return the outcome of the test of a model against a larger one, in which it is nested, on the same data.

    F = ((S1 - S2) / (P2 - P1)) / (S2 / (N - P2)) with the sums of squares S and the numbers of parameters P of the
    smaller and the larger model (Bates and Watts, equation 3.32); where the variance is known, and for counts, S1 - S2
    itself, which is distributed as chi-squared.
    """
    df, nfree = larger.nvarys - smaller.nvarys, larger.ndata - larger.nvarys
    extra, is_f = smaller.loss - larger.loss, likelihood is Likelihood.ESTIMATED
    message = _without_outcome(smaller, larger, df, nfree, is_f)
    if message is not None:
        return Outcome(None, df, nfree if is_f else None, None, message)
    if not is_f:
        return Outcome(max(extra, 0.0), df, None, above_chi_squared(extra, df), None)
    f = max(extra, 0.0) / df / (larger.loss / nfree)
    return Outcome(f, df, nfree, above_f(f, df, nfree), None)


def _without_outcome(smaller: Tally, larger: Tally, df: int, nfree: int, is_f: bool) -> str | None:
    if df <= 0:
        return "it has no fewer parameters than the other: there is nothing to test"
    if not smaller.loss >= (1 - _LOWER) * larger.loss:
        return (
            "its loss is below that of the larger model: either it is not nested there, or the larger is not at its "
            "minimum, so train that from another start"
        )
    if is_f and nfree <= 0:
        return "the larger model has as many parameters as there are points: nothing is left to compare with"
    if is_f and not larger.loss > 0:
        return "the larger model passes through all points: nothing is left to compare with"
    return None

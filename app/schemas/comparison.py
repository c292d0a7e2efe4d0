"""The request and the answer of `POST /compare`."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from app.fitting.statistics.comparison import KindOfTest
from app.schemas.curves import PageOfCurves
from app.schemas.incoming import schema_named
from app.schemas.outgoing import Outgoing
from app.schemas.target import wrong_at

MOST_FITS = 20

FitName = Annotated[
    str,
    Field(min_length=1, max_length=100, examples=["fit_0123456789abcdef"]),
    schema_named("FitName", "The id of a fit."),
]
Pair = Annotated[list[FitName], Field(min_length=2, max_length=2)]


def _word_or_pairs(value: Any) -> str | None:
    if isinstance(value, bool):
        return "tag:word"
    return "tag:pairs" if isinstance(value, list) else None


Nested = Annotated[
    Annotated[bool, Tag("tag:word")]
    | Annotated[list[Pair], Field(min_length=1, max_length=MOST_FITS * MOST_FITS), Tag("tag:pairs")],
    Discriminator(
        _word_or_pairs,
        custom_error_type="nested",
        custom_error_message="give true or false, or a list of pairs: [[smaller, larger]]",
    ),
]


class CompareRequest(PageOfCurves):
    """The fits that are to be compared, all of the same data."""

    fits: Annotated[list[FitName], Field(min_length=2, max_length=MOST_FITS)] = Field(
        description="Ids of the fits.", examples=[["fit_0123456789abcdef", "fit_fedcba9876543210"]]
    )
    criterion: Literal["aicc", "aic", "bic"] = Field(
        "aicc", description="Criterion by which the best is chosen, and from which weights follow."
    )
    nested: Nested | None = Field(
        None,
        description=(
            "Which models are special cases of others. Left out: what can be shown from the formulas. `true`: each one "
            "with fewer parameters is one of those with more. Pairs of ids, `[[smaller, larger]]`: these. `false`: "
            "none."
        ),
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for place, fit in enumerate(self.fits):
            if fit in self.fits[:place]:
                raise wrong_at(("fits", place), "this fit is named twice")
        for place, pair in enumerate(self.nested if isinstance(self.nested, list) else ()):
            for end, fit in enumerate(pair):
                if fit not in self.fits or fit in pair[:end]:
                    raise wrong_at(("nested", place, end), "name two of the fits")
        return self


class ComparedFit(Outgoing):
    """A fit beside the others; null where a number does not exist."""

    fit: str = Field(description="Id of the fit.")
    ndata: int = Field(description="Number of points that count.")
    nvarys: int = Field(description="Number of parameters that were fitted and are not at a bound.")
    k: int = Field(
        description="Number of parameters as the criteria count them: with the variance of y, where it was estimated."
    )
    loss: float | None = Field(description="Sum of squared weighted residuals; for counts, the deviance.")
    log_likelihood: float | None = Field(
        description="Logarithm of the likelihood with all of its constants, as R's `logLik`; `result.statistics` "
        "leaves constants out."
    )
    aic: float | None = Field(description="-2 log_likelihood + 2 k, as R's `AIC`.")
    aicc: float | None = Field(description="The same, corrected for few points: aic + 2 k (k + 1) / (ndata - k - 1).")
    bic: float | None = Field(description="-2 log_likelihood + k ln(ndata), as R's `BIC`.")
    delta: float | None = Field(description="The criterion less that of the best fit.")
    weight: float | None = Field(description="Akaike weight by the criterion: the weights of all fits add up to 1.")
    evidence_ratio: float | None = Field(description="Weight of the best fit, divided by that of this one.")


class NestedTest(Outgoing):
    """A test of a model against a larger one of which it is a special case; null where there is no outcome."""

    smaller: str = Field(description="Id of the fit of the smaller model.")
    larger: str = Field(description="Id of the fit of the larger model.")
    test: KindOfTest = Field(
        description=(
            "`f`: extra sum of squares. `chi_squared`: difference of chi-squared, where sigma is absolute. "
            "`likelihood_ratio`: difference of deviance, for counts."
        )
    )
    statistic: float | None = Field(description="F, or the difference.")
    df: int = Field(description="How many parameters more the larger model has.")
    nfree: int | None = Field(description="Degrees of freedom in the denominator of F.")
    p_value: float | None = Field(
        description="Probability of such a statistic, or a larger one, if the smaller model is right."
    )
    why_nested: str = Field(description="Why the smaller model is a special case of the larger, in words.")
    message: str | None = Field(description="Why there is no outcome, or why it is not exact, in words.")


class Compared(Outgoing):
    """Fits compared with each other."""

    fits: list[ComparedFit] = Field(description="The fits, in the order of the request.")
    best: str | None = Field(description="Id of the fit with the least criterion.")
    tests: list[NestedTest] = Field(description="A test for each fit that is a special case of another.")
    message: str | None = Field(description="What to know about the numbers, in words.")


class ComparedCurve(Compared):
    """Fits compared by what they are to one of many curves."""

    curve: int = Field(description="Number of the curve in the order of the data, from 0.")
    label: str | None = Field(description="Label of the curve, if the data have labels.")


class Comparison(Compared):
    """Fits of the same data compared; of many curves all together, and a page of them one by one."""

    object: Literal["comparison"] = Field("comparison", description="What this is.")
    criterion: Literal["aicc", "aic", "bic"] = Field(description="Criterion by which the best was chosen.")
    curves: list[ComparedCurve] | None = Field(
        description="Each curve by itself; null of one curve, and where curves share parameters: these can only be "
        "compared together."
    )
    has_more: bool = Field(description="Whether more curves follow: ask again with `after` = `last_curve`.")
    last_curve: int | None = Field(description="Number of the last curve on this page.")

"""Criteria and tests against published numbers, and those of scipy and R's own definitions."""

import math

import pytest

from app.fitting.statistics.comparison import Criteria, Likelihood, Tally, criteria, outcome_of, standings

# Puromycin, treated and untreated, as in Bates and Watts, "Nonlinear Regression Analysis", 1988, section 3.10: a curve
# of Michaelis and Menten for each, the same with one K for both, and one curve for both. Sums of squares by scipy.
APART = Tally(23, 4, 2055.0531082187345, 0.0)
ONE_K = Tally(23, 3, 2240.89143863643, 0.0)
ONE_CURVE = Tally(23, 2, 7276.546979094085, 0.0)


def test_the_extra_sum_of_squares_of_puromycin_is_that_of_the_book() -> None:
    """F = 1.718 on 1 and 19 degrees of freedom, p = 0.2056, also by anova() of R."""
    outcome = outcome_of(ONE_K, APART, Likelihood.ESTIMATED)
    assert (outcome.statistic, outcome.p_value) == pytest.approx((1.7181688705829745, 0.20555227241044563), rel=1e-9)
    assert (outcome.df, outcome.nfree, outcome.message) == (1, 19, None)
    both = outcome_of(ONE_CURVE, APART, Likelihood.ESTIMATED)
    assert (both.statistic, both.p_value) == pytest.approx((24.137669033921675, 6.07474797818308e-06), rel=1e-9)


def test_criteria_have_all_constants_and_count_the_variance() -> None:
    found = criteria(APART, Likelihood.ESTIMATED)
    assert found.k == 5
    assert (found.log_likelihood, found.aic, found.aicc, found.bic) == pytest.approx(
        (-84.30005793565844, 178.6001158713169, 182.12952763602277, 184.27758695096264), rel=1e-12
    )


def test_weights_add_up_and_evidence_is_against_the_best() -> None:
    places = standings([criteria(one, Likelihood.ESTIMATED) for one in (APART, ONE_K, ONE_CURVE)], "aicc")
    assert [place.delta for place in places] == pytest.approx([1.316032177487017, 0, 24.129937387247594])
    assert [place.weight for place in places] == pytest.approx(
        [0.34118411619676475, 0.6588120905465422, 3.7932566929985885e-06]
    )
    assert [place.evidence_ratio for place in places] == pytest.approx([1.9309576831724422, 1, 173679.80705406674])


def test_weights_scale_the_likelihood_and_not_the_comparison() -> None:
    """The logarithm of the likelihood has half the sum of those of the weights, as that of R has."""
    plain, weighted = (criteria(Tally(10, 2, 5.0, offset), Likelihood.ESTIMATED) for offset in (0.0, -math.log(4) * 10))
    assert plain.log_likelihood is not None
    assert weighted.log_likelihood == pytest.approx(plain.log_likelihood + 5 * math.log(4))


def test_a_known_variance_is_no_parameter_and_the_test_is_that_of_chi_squared() -> None:
    found = criteria(Tally(10, 2, 8.0, 0.0), Likelihood.ABSOLUTE)
    assert (found.k, found.aic) == (2, pytest.approx(8 + 10 * math.log(2 * math.pi) + 4))
    outcome = outcome_of(Tally(10, 1, 11.841458820694124, 0.0), Tally(10, 2, 8.0, 0.0), Likelihood.ABSOLUTE)
    assert outcome.p_value == pytest.approx(0.05)
    assert outcome.nfree is None


def test_counts_are_tested_by_their_deviance() -> None:
    outcome = outcome_of(Tally(10, 1, 20.0, 7.0), Tally(10, 3, 8.0, 7.0), Likelihood.COUNTS)
    assert (outcome.statistic, outcome.p_value) == (12, pytest.approx(math.exp(-6)))
    assert criteria(Tally(10, 3, 8.0, 7.0), Likelihood.COUNTS).aic == 8 + 7 + 6


def test_tallies_of_curves_add_up() -> None:
    assert Tally(5, 2, 1.0, 0.5) + Tally(6, 3, 2.0, 0.25) == Tally(11, 5, 3.0, 0.75)


@pytest.mark.parametrize(
    ("smaller", "larger", "word"),
    [
        (ONE_K, ONE_K, "nothing to test"),
        (Tally(23, 3, 2000.0, 0.0), APART, "not at its minimum"),
        (Tally(4, 3, 2.0, 0.0), Tally(4, 4, 1.0, 0.0), "as many parameters as there are points"),
        (Tally(9, 3, 2.0, 0.0), Tally(9, 4, 0.0, 0.0), "passes through all points"),
    ],
)
def test_where_there_is_nothing_to_test_it_is_told(smaller: Tally, larger: Tally, word: str) -> None:
    outcome = outcome_of(smaller, larger, Likelihood.ESTIMATED)
    assert (outcome.statistic, outcome.p_value) == (None, None)
    assert word in (outcome.message or "")


def test_a_model_without_a_criterion_has_no_place_and_does_not_count() -> None:
    few, exact = (
        criteria(Tally(5, 3, 1.0, 0.0), Likelihood.ESTIMATED),
        criteria(Tally(9, 3, 0.0, 0.0), Likelihood.ESTIMATED),
    )
    assert (few.aicc, few.aic is None) == (None, False)
    assert exact == Criteria(4, None, None, None, None)
    alone, without = standings([criteria(APART, Likelihood.ESTIMATED), few], "aicc")
    assert (alone.weight, without.weight) == (1, None)
    assert standings([few], "aicc")[0].delta is None

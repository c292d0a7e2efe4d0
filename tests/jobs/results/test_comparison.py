"""Stored fits of the same data compared."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.callers.caller import Reader
from app.jobs.errors import FitNotFoundError, InvalidRequestError, NoResultError
from app.jobs.results.comparison import compare
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.comparison import CompareRequest
from tests.helpers.trained_fits import submitted, trained

# Puromycin, treated and untreated, as in R: D. M. Bates and D. G. Watts, "Nonlinear Regression Analysis", 1988, A1.3.
PUROMYCIN: dict[str, Any] = {
    "x": [
        [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.1, 1.1],
        [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.1],
    ],
    "y": [
        [76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200],
        [67, 51, 84, 86, 98, 115, 131, 124, 144, 158, 160],
    ],
    "labels": ["treated", "untreated"],
}
MICHAELIS: dict[str, Any] = {"model": "v * x / (k + x)", "parameters": {"v": 200.0, "k": 0.06}}
X = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]
Y = [3.02, 2.39, 1.93, 1.58, 1.29, 0.81, 0.61, 0.42]
EXPONENTIAL: dict[str, Any] = {"model": "a * exp(-b * x)", "parameters": {"a": 3.0, "b": 0.5}}
WITH_CONSTANT: dict[str, Any] = {"model": "a * exp(-b * x) + c", "parameters": {"a": 3.0, "b": 0.5, "c": 0.0}}


def compared(engine: Engine, *records: FitRecord, **more: Any) -> dict[str, Any]:
    return compare(Store(engine), CompareRequest.model_validate({"fits": [record.id for record in records], **more}))


def wrong_fields(engine: Engine, *records: FitRecord) -> dict[Any, str]:
    with pytest.raises(InvalidRequestError) as caught:
        compared(engine, *records)
    return {wrong.path: wrong.detail for wrong in caught.value.wrong}


def one(engine: Engine, body: dict[str, Any], **target: Any) -> FitRecord:
    return trained(engine, {"target": {"x": X, "y": Y, **target}, **body})


def test_puromycin_has_one_k_as_in_the_book(engine: Engine) -> None:
    """Sums of squares 2240.9 and 2055.1, F = 1.718, p = 0.2056 (Bates and Watts, section 3.10; anova() of R)."""
    shared = {"v": 200.0, "k": {"start": 0.06, "shared": True}}
    apart = trained(engine, {"target": PUROMYCIN, **MICHAELIS})
    one_k = trained(engine, {"target": PUROMYCIN, **MICHAELIS, "parameters": shared})
    found = compared(engine, one_k, apart)
    assert [fit["loss"] for fit in found["fits"]] == pytest.approx([2240.89143863643, 2055.0531082187345], rel=1e-9)
    assert [(fit["nvarys"], fit["k"]) for fit in found["fits"]] == [(3, 4), (4, 5)]
    assert [fit["aicc"] for fit in found["fits"]] == pytest.approx([180.81349545853575, 182.12952763602277], rel=1e-9)
    (test,) = found["tests"]
    assert (test["smaller"], test["larger"], test["test"]) == (one_k.id, apart.id, "f")
    assert (test["statistic"], test["p_value"]) == pytest.approx((1.7181688705829745, 0.20555227241044563), rel=1e-6)
    assert "one k for all curves" in test["why_nested"]
    assert (found["best"], found["curves"]) == (one_k.id, None)


def test_the_criteria_are_those_of_the_statistics_but_for_constants(engine: Engine) -> None:
    first, second = one(engine, EXPONENTIAL), one(engine, WITH_CONSTANT)
    fits = compared(engine, first, second, criterion="aic")["fits"]
    for record, fit in zip((first, second), fits, strict=True):
        assert record.result is not None
        assert record.result.statistics is not None
        assert fit["loss"] == pytest.approx(record.result.statistics.chisqr)
        assert fit["nvarys"] == record.result.statistics.nvarys
    statistics = [record.result and record.result.statistics for record in (first, second)]
    aic = [known.aic for known in statistics if known is not None and known.aic is not None]
    assert fits[1]["aic"] - fits[0]["aic"] == pytest.approx(aic[1] - aic[0])


def test_what_is_nested_is_found_said_or_denied(engine: Engine) -> None:
    small, large = one(engine, EXPONENTIAL), one(engine, WITH_CONSTANT)
    (shown,) = compared(engine, large, small)["tests"]
    assert (shown["smaller"], shown["larger"], "c = 0" in shown["why_nested"]) == (small.id, large.id, True)
    (said,) = compared(engine, large, small, nested=True)["tests"]
    (paired,) = compared(engine, large, small, nested=[[small.id, large.id]])["tests"]
    assert said == paired == shown | {"why_nested": "the request says so"}
    assert compared(engine, large, small, nested=False)["tests"] == []
    (refuted,) = compared(engine, large, small, nested=[[large.id, small.id]])["tests"]
    assert (refuted["p_value"], refuted["message"] is None) == (None, False)


def test_polynomials_are_tested_against_each_other(engine: Engine) -> None:
    records = [one(engine, {"model": {"series": "legendre", "degree": degree}}) for degree in (1, 2, 3)]
    found = compared(engine, *records)
    assert {(test["smaller"], test["larger"]) for test in found["tests"]} == {
        (records[0].id, records[1].id),
        (records[0].id, records[2].id),
        (records[1].id, records[2].id),
    }


def test_many_curves_are_compared_one_by_one_and_together(engine: Engine) -> None:
    plate = {"x": X, "y": [Y, [2 * y + 0.3 for y in Y], Y[::-1]], "labels": ["A", "B", "C"]}
    small = trained(engine, {"target": plate, **EXPONENTIAL})
    large = trained(engine, {"target": plate, **WITH_CONSTANT})
    found = compared(engine, small, large)
    alone = compared(engine, one(engine, EXPONENTIAL), one(engine, WITH_CONSTANT))
    assert [(curve["curve"], curve["label"]) for curve in found["curves"]] == [(0, "A"), (1, "B"), (2, "C")]
    for name in ("loss", "aicc", "weight"):
        assert [fit[name] for fit in found["curves"][0]["fits"]] == pytest.approx([fit[name] for fit in alone["fits"]])
    assert found["fits"][1]["nvarys"] == 9
    assert found["fits"][0]["loss"] == pytest.approx(sum(curve["fits"][0]["loss"] for curve in found["curves"]))
    page = compared(engine, small, large, after=0, limit=1)
    assert (page["curves"], page["has_more"], page["last_curve"]) == ([found["curves"][1]], True, 1)


def test_a_curve_that_failed_in_one_fit_is_left_out(engine: Engine) -> None:
    plate = {"x": X, "y": [Y, [-y for y in Y]]}
    power = trained(engine, {"target": plate, "model": "exp(b - k * x) * (1 + 0 * sqrt(b))", "parameters": {"b": 1.0}})
    other = trained(engine, {"target": plate, **WITH_CONSTANT})
    found = compared(engine, power, other)
    failed = [curve for curve in found["curves"] if not curve["fits"]]
    assert len(found["curves"]) == 2
    assert ("left out" in (found["message"] or "")) == bool(failed)


def test_a_curve_without_points_is_left_out_by_its_label(engine: Engine) -> None:
    plate = {"x": X, "y": [Y, [None] * len(X)], "labels": ["A", "dead"]}
    found = compared(engine, *(trained(engine, {"target": plate, **model}) for model in (EXPONENTIAL, WITH_CONSTANT)))
    assert [(curve["label"], bool(curve["fits"])) for curve in found["curves"]] == [("A", True), ("dead", False)]


def test_a_known_variance_and_counts_have_tests_of_their_own(engine: Engine) -> None:
    sigma = {"sigma": [0.05] * 8, "sigma_absolute": True}
    (test,) = compared(engine, one(engine, EXPONENTIAL, **sigma), one(engine, WITH_CONSTANT, **sigma))["tests"]
    assert (test["test"], test["nfree"]) == ("chi_squared", None)
    counts = {"y": [60, 47, 39, 32, 26, 16, 12, 8]}
    bodies = [body | {"loss": "poisson"} for body in (EXPONENTIAL, WITH_CONSTANT)]
    (test,) = compared(engine, *(one(engine, body, **counts) for body in bodies))["tests"]
    assert test["test"] == "likelihood_ratio"


def test_sigma_and_the_weights_that_it_means_are_the_same_data(engine: Engine) -> None:
    sigma = [0.1, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2]
    given = one(engine, EXPONENTIAL, sigma=sigma)
    weighted = one(engine, WITH_CONSTANT, weights=[1 / value**2 for value in sigma])
    assert len(compared(engine, given, weighted)["fits"]) == 2


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"y": [*Y[:7], 0.43]}, "its y are other numbers"),
        ({"x": [*X[:7], 5.5]}, "its x are other numbers"),
        ({"x": X[:7], "y": Y[:7]}, "it has 7 points, not 8"),
        ({"weights": [1, 1, 1, 1, 1, 1, 1, 2]}, "sigma or weights"),
        ({"sigma": [0.1] * 8, "sigma_absolute": True}, "sigma is absolute"),
        ({"response": "log(y)"}, "its response is log(y), not y"),
        ({"y": [Y], "x": X}, "its curves"),
        ({"x": {"t": X}}, "other names, t"),
    ],
)
def test_other_data_are_refused_in_words(engine: Engine, other: dict[str, Any], words: str) -> None:
    variable = "t" if isinstance(other.get("x"), dict) else "x"
    body = {"model": f"a + b * {variable}"}
    wrong = wrong_fields(engine, one(engine, {"model": "a + b * x"}), one(engine, body, **other))
    assert wrong.keys() == {("fits", 1)}
    assert words in wrong["fits", 1]


def test_another_loss_and_a_robust_one_are_refused(engine: Engine) -> None:
    counts = {"y": [60, 47, 39, 32, 26, 16, 12, 8]}
    squares, poisson = one(engine, EXPONENTIAL, **counts), one(engine, EXPONENTIAL | {"loss": "poisson"}, **counts)
    assert "its loss is poisson, not squares" in wrong_fields(engine, squares, poisson)["fits", 1]
    robust = one(engine, EXPONENTIAL | {"loss": "huber"})
    assert "robust" in wrong_fields(engine, robust, one(engine, EXPONENTIAL))["fits", 0]


def test_a_subset_of_the_predictor_variables_may_be_compared(engine: Engine) -> None:
    u, v = X, [0.1, 0.9, 0.3, 0.8, 0.2, 0.7, 0.4, 0.6]
    both = trained(engine, {"target": {"x": {"u": u, "v": v}, "y": Y}, "model": "a + b * u + c * v"})
    alone = trained(engine, {"target": {"x": {"u": u}, "y": Y}, "model": "a + b * u"})
    (test,) = compared(engine, both, alone)["tests"]
    assert (test["smaller"], test["larger"]) == (alone.id, both.id)


def test_what_may_not_be_at_its_minimum_is_told(engine: Engine) -> None:
    short = one(engine, EXPONENTIAL | {"hyperparameters": {"optimizer": "adam", "steps": 2, "learning_rate": 0.001}})
    assert "max_steps" in compared(engine, short, one(engine, WITH_CONSTANT))["message"]


def test_fits_that_are_not_there_or_have_not_ended_or_failed_are_refused(engine: Engine) -> None:
    good, failed = one(engine, EXPONENTIAL), one(engine, {"model": "sqrt(a - 5) * x", "parameters": {"a": 1}})
    queued = Store(engine).create(submitted({"target": {"x": X, "y": Y}, **EXPONENTIAL}))
    for other in (queued, failed):
        with pytest.raises(NoResultError, match=other.id):
            compared(engine, good, other)
    with pytest.raises(FitNotFoundError):
        compare(Store(engine), CompareRequest(fits=[good.id, "fit_0"]))
    with pytest.raises(FitNotFoundError):
        compare(Store(engine).of(Reader("ann")), CompareRequest(fits=[good.id, good.id + "1"]))

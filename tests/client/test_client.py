"""A fit says what is known of it."""

import numpy as np
import pytest
from fit_service_client import Client, FitFailedError, problems

from tests.helpers.measured import FORMULA, X, Y
from tests.helpers.running_service import ENDLESS


def test_results_are_plain_numbers_and_arrays(connected: Client) -> None:
    fit = connected.fit(X, Y, FORMULA, metadata={"plate": "7"})
    assert fit.variables == ["a", "b", "c"]
    assert fit.covariance is not None
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(list(fit.stderr.values()))
    assert fit.correlation is not None
    assert np.diag(fit.correlation) == pytest.approx([1, 1, 1])
    lower, upper = fit.confidence_intervals["a"]
    assert lower < fit.coefficients["a"] < upper
    assert fit.statistics["rsquared"] == pytest.approx(1, abs=0.01)
    assert fit.metadata == {"plate": "7"}
    assert fit.url.endswith(f"/fit/{fit.id}")
    assert not fit.is_of_many


def test_a_parameter_that_is_fixed_has_no_error(connected: Client) -> None:
    fit = connected.fit(X, Y, FORMULA, parameters={"c": {"start": 0.5, "fixed": True}}, start={"a": 1})
    assert fit.coefficients["c"] == 0.5
    assert np.isnan(fit.stderr["c"])
    assert np.isnan(fit.confidence_intervals["c"]).all()


def test_a_fit_that_goes_on_has_no_result_yet(connected: Client) -> None:
    fit = connected.submit(**ENDLESS)
    with pytest.raises(problems.NoResultError, match=r"wait\(\) for its end"):
        _ = fit.coefficients
    fit.raise_for_status()
    with pytest.raises(problems.FitNotEndedError):
        fit.delete()
    assert fit.cancel().wait().has_ended
    assert fit.cancel().status == "cancelled"
    with pytest.raises(FitFailedError, match=r"cancelled \(cancelled\)"):
        fit.raise_for_status()
    fit.delete()
    with pytest.raises(problems.FitNotFoundError):
        fit.refresh()


def test_a_fit_that_fails_raises_only_if_that_is_asked_for(connected: Client) -> None:
    fit = connected.fit([1, 2, 3], [1, 2, 3], "log(a - x)", start={"a": 1})
    assert fit.status == "failed"
    with pytest.raises(FitFailedError, match="nonfinite"):
        fit.raise_for_status()
    with pytest.raises(problems.NoResultError):
        _ = fit.statistics


def test_a_fit_that_has_ended_well_can_not_be_cancelled(connected: Client) -> None:
    with pytest.raises(problems.FitEndedError):
        connected.fit(X, Y, "linear").cancel()

"""Statistics of a fit as they come over HTTP."""

from typing import Any

import pytest

from tests.helpers.running_service import RunningService

X, Y = [1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.1]


def test_of_a_linear_model_profile_intervals_are_those_of_students_t(service: RunningService) -> None:
    body = {"target": {"x": X, "y": Y}, "model": "a + b * x", "confidence": {"level": 0.9, "profile": True}}
    found = service.fitted(body)["result"]["statistics"]
    assert found["confidence_level"] == 0.9
    for name in ("a", "b"):
        assert found["profile_intervals"][name] == pytest.approx(found["confidence_intervals"][name])


def test_profile_intervals_come_only_if_asked_for(service: RunningService) -> None:
    found = service.fitted({"target": {"x": X, "y": Y}, "model": "a + b * x"})["result"]["statistics"]
    assert found["profile_intervals"] is None
    assert set(found["confidence_intervals"]) == {"a", "b"}


def statistics_of(service: RunningService, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = service.fitted({"model": "a + b * x"} | body)["result"]["statistics"]
    return found


@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy", "tukey"])
def test_a_robust_loss_has_profile_intervals_too(service: RunningService, loss: str) -> None:
    target = {"x": [*range(12)], "y": [0.1, 0.9, 2.1, 3.0, 3.8, 5.2, 9.0, 7.1, 7.9, 9.1, 10.0, 10.8]}
    found = statistics_of(service, target=target, loss=loss, confidence={"profile": True})
    low, high = found["profile_intervals"]["b"]
    assert low < 1 < high
    assert high - low == pytest.approx(2 * 1.959963985 * found["stderr"]["b"], rel=0.5)


def test_data_that_are_the_model_itself_get_a_warning(service: RunningService) -> None:
    target = {"x": [i / 8 for i in range(80)], "y": [3] * 80}
    fit = service.fitted({"target": target, "model": {"name": "gaussian"}})
    assert any("no more than rounding" in warning for warning in fit["result"]["statistics"]["warnings"])


def test_a_point_of_weight_0_is_as_if_it_were_left_out(service: RunningService) -> None:
    found = statistics_of(service, target={"x": [*X, 6], "y": [*Y, 99], "weights": [1, 1, 1, 1, 1, 0]})
    without = statistics_of(service, target={"x": X, "y": Y})
    assert {name: found[name] for name in ("ndata", "nfree")} == {"ndata": 5, "nfree": 3}
    assert found["stderr"] == pytest.approx(without["stderr"])


def test_beside_a_parameter_at_its_bound_the_others_are_as_if_it_were_fixed(service: RunningService) -> None:
    bounded = statistics_of(service, target={"x": X, "y": Y}, parameters={"a": {"lower": 0.5}})
    fixed = statistics_of(service, target={"x": X, "y": Y}, parameters={"a": {"start": 0.5, "fixed": True}})
    assert bounded["nfree"] == fixed["nfree"] == 4
    assert bounded["stderr"]["b"] == pytest.approx(fixed["stderr"]["b"])


def test_counts_that_are_all_0_have_no_minimum_and_no_learning_rate(service: RunningService) -> None:
    body = {"target": {"x": X, "y": [0] * 5}, "model": "exp(a + b * x)", "loss": "poisson"}
    fit = service.fitted(body | {"parameters": {"a": 1, "b": 1}})
    assert (fit["reason"], fit["error"]["field"]) == ("diverged", "parameters")
    assert "bounds" in fit["message"]
    assert "learning_rate" not in fit["message"]


def test_x_that_count_and_are_all_the_same_make_no_series(service: RunningService) -> None:
    target = {"x": [1, 1, 2], "y": [1, 2, 3], "weights": [1, 1, 0]}
    fit = service.fitted({"target": target, "model": {"series": "legendre", "degree": "auto"}})
    assert (fit["status"], fit["error"]["field"]) == ("failed", "target.x")

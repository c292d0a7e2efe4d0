"""Statistics of a fit as they come over HTTP."""

import pytest

from tests.running_service import RunningService

X, Y = [1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.1]


def test_of_a_linear_model_profile_intervals_are_those_of_students_t(service: RunningService) -> None:
    body = {"target": {"x": X, "y": Y}, "model": "a + b * x", "confidence": {"level": 0.9, "profile": True}}
    found = service.post(body, wait=60)["result"]["statistics"]
    assert found["confidence_level"] == 0.9
    for name in ("a", "b"):
        assert found["profile_intervals"][name] == pytest.approx(found["confidence_intervals"][name])


def test_profile_intervals_come_only_if_asked_for(service: RunningService) -> None:
    found = service.post({"target": {"x": X, "y": Y}, "model": "a + b * x"}, wait=60)["result"]["statistics"]
    assert found["profile_intervals"] is None
    assert set(found["confidence_intervals"]) == {"a", "b"}

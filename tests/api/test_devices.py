"""Where fits can be trained."""

from tests.helpers.running_service import RunningService


def test_the_devices_are_those_that_a_fit_may_ask_for(service: RunningService) -> None:
    devices = service.client.get("/devices").json()["data"]
    assert devices[0]["device"] == "cpu"
    for device in devices:
        assert service.fitted({"hyperparameters": {"steps": 5}, "device": device["device"]})["status"] == "succeeded"

"""Webhooks of fits, as HTTP has them."""

import jsonschema
import pytest

from tests.helpers.openapi import document
from tests.helpers.running_service import RunningService
from tests.helpers.webhooks import make_webhook, remove_webhook

SHORT = {"target": {"points": 10}, "hyperparameters": {"steps": 5}}


def test_a_fit_that_names_no_webhook_has_no_deliveries(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    assert fit["webhook"] is None
    assert service.client.get(f"/fit/{fit['id']}/deliveries").json() == {"object": "list", "data": []}


@pytest.mark.parametrize("points", [10, 100_000])
def test_a_webhook_that_is_not_there_is_refused_by_its_field(service: RunningService, points: int) -> None:
    x = list(range(points))
    body = {"target": {"x": x, "y": x}, "model": "a + b*x", "webhook": "nobody"}
    answer = service.client.post("/fit", json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "#/webhook"
    assert "fit-service webhooks make" in error["detail"]
    assert "nobody" not in answer.text


@pytest.mark.parametrize("webhook", ["", "a" * 65, 7])
def test_what_is_no_name_is_refused(service: RunningService, webhook: object) -> None:
    answer = service.client.post("/fit", json=SHORT | {"webhook": webhook})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/webhook")


def test_a_delivery_is_as_the_document_says(service: RunningService) -> None:
    make_webhook(service, "documented", "http://nowhere.invalid/")
    fit = service.fitted(SHORT | {"webhook": "documented"})
    assert fit["webhook"] == "documented"
    listed = service.client.get(f"/fit/{fit['id']}/deliveries").json()
    remove_webhook(service, "documented")
    schema = {"$ref": "#/components/schemas/DeliveryList", "components": document()["components"]}
    jsonschema.Draft202012Validator(schema).validate(listed)
    assert [delivery["webhook"] for delivery in listed["data"]] == ["documented"]


def test_a_fit_that_is_not_there_has_no_deliveries(service: RunningService) -> None:
    assert service.client.get("/fit/fit_0/deliveries").status_code == 404

"""A real service tells a real receiver of the ends of fits, whatever goes wrong on the way."""

import base64
import hashlib
import hmac
import json
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from standardwebhooks import Webhook as StandardWebhook

from app.jobs.notifications.courier import MOST_AT_ONCE_OF_ONE
from tests.helpers.receiver import LOOPBACK, Message, Receiver
from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.webhooks import delivery_of, make_webhook, remove_webhook

SHORT: dict[str, Any] = {"target": {"points": 10}, "hyperparameters": {"steps": 5}, "metadata": {"plate": "7"}}
FAILS = SHORT | {"hyperparameters": {"optimizer": "gradient_descent", "learning_rate": 1e6, "steps": 1000}}


@pytest.fixture(scope="module")
def only_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("courier"), workers=1, webhook_networks=LOOPBACK)
    yield running
    running.close()
    assert "Traceback" not in running.log, running.log


@pytest.fixture
def telling(only_service: RunningService) -> RunningService:
    """Return a service that may send to this machine, and that the test may kill."""
    if only_service.process.poll() is not None:
        only_service.start()
    return only_service


@pytest.fixture
def name() -> str:
    """Return the name of a webhook that no other test has."""
    return f"lab-{uuid.uuid4().hex}"


def wait_for(
    service: RunningService, fit_id: str, what: str, holds: Callable[[dict[str, Any]], object]
) -> dict[str, Any]:
    """Wait until something holds of the delivery of a fit, and return it."""
    service.wait_until(lambda: holds(delivery_of(service, fit_id)), f"{what}: {delivery_of(service, fit_id)}")
    return delivery_of(service, fit_id)


def has_arrived(delivery: dict[str, Any]) -> bool:
    return delivery["delivered_at"] is not None


def assert_it_is_signed(message: Message, secret: str) -> None:
    """Check a signature by the library of the standard, and worked out here as the standard says."""
    StandardWebhook(secret).verify(message.body, message.headers)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    head = f"{message.headers['webhook-id']}.{message.headers['webhook-timestamp']}.".encode()
    mac = base64.b64encode(hmac.new(key, head + message.body, hashlib.sha256).digest()).decode()
    assert message.headers["webhook-signature"] == f"v1,{mac}"


@pytest.mark.parametrize(("body", "status"), [(SHORT, "succeeded"), (FAILS, "failed"), (ENDLESS, "cancelled")])
def test_the_end_of_a_fit_is_told_signed(telling: RunningService, name: str, body: dict[str, Any], status: str) -> None:
    with Receiver() as receiver:
        secret = make_webhook(telling, name, receiver.url).secret
        fit = telling.post(body | {"webhook": name})
        assert telling.client.get(f"/fit/{fit['id']}/deliveries").status_code == 200
        if status == "cancelled":
            telling.wait_for_step(fit["id"], 1)
            telling.cancelled(fit["id"])
        ended = telling.ended(fit["id"])
        delivery = wait_for(telling, fit["id"], "delivery", has_arrived)
    (message,) = receiver.messages
    assert_it_is_signed(message, secret)
    assert message.headers["content-type"] == "application/json"
    told = json.loads(message.body)
    assert (told["type"], told["timestamp"], told["data"]["status"]) == ("fit.ended", ended["finished_at"], status)
    same = ("id", "status", "reason", "message", "metadata", "urls")
    assert told["data"] == {field: ended[field] for field in same}
    assert (delivery["id"], delivery["webhook"], delivery["tries"]) == (receiver.ids[0], name, 1)
    assert (delivery["last_status"], delivery["last_error"], delivery["next_at"]) == (204, None, None)


def test_a_message_is_tried_again_by_the_same_id_until_it_arrives(telling: RunningService, name: str) -> None:
    receiver = Receiver(*[500] * 10)
    secret = make_webhook(telling, name, receiver.url).secret
    with receiver:
        fit_id = telling.post(SHORT | {"webhook": name})["id"]
        telling.ended(fit_id)
        failed = wait_for(telling, fit_id, "500", lambda delivery: delivery["last_status"] == 500)
        assert failed["next_at"] is not None
        assert "500" in failed["last_error"]
    refused = wait_for(telling, fit_id, "no answer", lambda delivery: "no answer" in (delivery["last_error"] or ""))
    assert refused["last_status"] is None
    receiver.answers.clear()
    with receiver:
        delivery = wait_for(telling, fit_id, "arrived", has_arrived)
    assert set(receiver.ids) == {delivery["id"]}
    assert delivery["tries"] >= 3
    assert len({message.headers["webhook-timestamp"] for message in receiver.messages}) > 1
    assert len({message.body for message in receiver.messages}) == 1
    assert_it_is_signed(receiver.messages[-1], secret)


def test_a_service_that_is_killed_between_end_and_delivery_tells_of_it_once_it_is_back(
    telling: RunningService, name: str
) -> None:
    receiver = Receiver()
    make_webhook(telling, name, receiver.url)
    fit_id = telling.post(SHORT | {"webhook": name})["id"]
    telling.ended(fit_id)
    before = delivery_of(telling, fit_id)
    telling.kill()
    with receiver:
        telling.start()
        delivery = wait_for(telling, fit_id, "arrived", has_arrived)
    assert receiver.ids == [delivery["id"]] == [before["id"]]


@pytest.mark.long
def test_a_service_that_is_killed_in_the_middle_of_a_try_sends_it_again(telling: RunningService, name: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        make_webhook(telling, name, url)
        fit_id = telling.post(SHORT | {"webhook": name})["id"]
        connection, _ = silent.accept()
        with closing(connection):
            telling.ended(fit_id)
            telling.kill()
        telling.start()
        again, _ = silent.accept()
        with closing(again):
            again.recv(1 << 16)
            again.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        delivery = wait_for(telling, fit_id, "arrived", has_arrived)
    assert delivery["tries"] == 2


def test_tries_are_counted(telling: RunningService, name: str) -> None:
    with Receiver(500) as receiver:
        make_webhook(telling, name, receiver.url)
        fit_id = telling.post(SHORT | {"webhook": name})["id"]
        telling.ended(fit_id)
        wait_for(telling, fit_id, "arrived", has_arrived)
    for outcome in ("failed", "arrived"):
        line = f'fit_service_webhook_tries_total{{outcome="{outcome}"}} '
        telling.wait_until(lambda line=line: line in telling.client.get("/metrics").text, f"{outcome} is counted")


def test_a_receiver_that_is_gone_is_sent_no_more(telling: RunningService, name: str) -> None:
    with Receiver(410) as receiver:
        make_webhook(telling, name, receiver.url)
        fit_id = telling.post(SHORT | {"webhook": name})["id"]
        telling.ended(fit_id)
        delivery = wait_for(telling, fit_id, "given up", lambda delivery: delivery["next_at"] is None)
    assert (delivery["tries"], delivery["last_status"], delivery["delivered_at"]) == (1, 410, None)
    assert len(receiver.messages) == 1


def test_redirects_are_not_followed_and_a_webhook_that_is_removed_is_given_up(
    telling: RunningService, name: str
) -> None:
    with Receiver() as other, Receiver(*[307] * 10, headers=[("Location", other.url)]) as receiver:
        make_webhook(telling, name, receiver.url)
        fit_id = telling.post(SHORT | {"webhook": name})["id"]
        telling.ended(fit_id)
        delivery = wait_for(telling, fit_id, "redirect", lambda delivery: delivery["last_status"] == 307)
        assert "redirects are not followed" in delivery["last_error"]
        assert delivery["next_at"] is not None
        remove_webhook(telling, name)
        delivery = wait_for(telling, fit_id, "given up", lambda delivery: delivery["next_at"] is None)
    assert delivery["last_error"] == "the webhook was removed"
    assert delivery["delivered_at"] is None
    assert other.messages == []
    assert telling.client.post("/fit", json=SHORT | {"webhook": name}).status_code == 422


def test_a_receiver_that_hangs_keeps_no_message_from_others(telling: RunningService, name: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent, Receiver() as receiver:
        make_webhook(telling, f"{name}-silent", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        make_webhook(telling, name, receiver.url)
        waiting = [telling.post(SHORT | {"webhook": f"{name}-silent"})["id"] for _ in range(MOST_AT_ONCE_OF_ONE + 2)]
        for fit_id in waiting:
            telling.ended(fit_id)
        fit_id = telling.post(SHORT | {"webhook": name})["id"]
        telling.ended(fit_id)
        wait_for(telling, fit_id, "arrived", has_arrived)
        assert not any(has_arrived(delivery_of(telling, fit_id)) for fit_id in waiting)
        remove_webhook(telling, f"{name}-silent")


def test_addresses_that_are_not_public_are_refused_unless_a_setting_names_them(
    service: RunningService, name: str
) -> None:
    with Receiver() as receiver:
        make_webhook(service, name, receiver.url)
        fit_id = service.post(SHORT | {"webhook": name})["id"]
        service.ended(fit_id)
        delivery = wait_for(service, fit_id, "refused", lambda delivery: delivery["last_error"])
        remove_webhook(service, name)
    assert "localhost is not a public address" in delivery["last_error"]
    assert delivery["last_status"] is None
    assert receiver.messages == []

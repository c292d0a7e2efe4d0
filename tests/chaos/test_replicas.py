"""Several services on one PostgreSQL database: each answers for all, and none has anything that the others lack."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import cycle, islice

import pytest

from tests.helpers.event_streams import following
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.waiting import wait_until

LEASE_SECONDS = 2

Replicas = tuple[RunningService, RunningService]


@pytest.fixture(scope="module")
def replicas(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Return two services, each with one worker of its own."""
    with postgres.database() as url, ExitStack() as stack:

        def started(name: str) -> RunningService:
            folder = tmp_path_factory.mktemp(name)
            service = RunningService(folder, database_url=url, workers=1, log_level="info", lease_seconds=LEASE_SECONDS)
            return stack.enter_context(closing(service))

        yield started("one"), started("other")


def test_both_take_their_share_and_train_no_fit_twice(replicas: Replicas) -> None:
    one, other = replicas
    long = [one.post(ENDLESS)["id"] for _ in range(2)]
    for fit_id in long:
        other.wait_for_step(fit_id, 1)
    short = [service.post()["id"] for service in islice(cycle(replicas), 20)]
    for fit_id in long:
        assert one.cancelled(fit_id)["status"] == "cancelled"
    for fit_id, service in zip(short, cycle((other, one)), strict=False):
        assert service.ended(fit_id)["status"] == "succeeded"
    wait_until(lambda: ends_told(replicas, short) == [1] * len(short), lambda: one.log + other.log)
    assert all("fit begun" in service.log for service in replicas)


def ends_told(replicas: Replicas, fit_ids: list[str]) -> list[int]:
    ends = [line for service in replicas for line in service.log.splitlines() if "fit ended" in line]
    return [sum(fit_id in line for line in ends) for fit_id in fit_ids]


@pytest.mark.long
def test_a_fit_is_waited_for_at_a_service_that_does_not_train_it(replicas: Replicas) -> None:
    one, other = replicas
    for asked, waiting in ((one, other), (other, one)) * 5:
        fit_id = asked.post()["id"]
        fit = waiting.client.get(f"/fit/{fit_id}", headers={"Prefer": "wait=60"}).json()
        assert fit["status"] == "succeeded"


def test_each_cancels_what_the_other_trains_and_streams_tell_it(replicas: Replicas) -> None:
    for one, other in (replicas, replicas[::-1]):
        fit_id = one.post(ENDLESS)["id"]
        other.wait_for_step(fit_id, 1)
        told = []
        with ExitStack() as stack:
            streams = [stack.enter_context(following(service.client, f"/fit/{fit_id}/events")) for service in replicas]
            firsts = [next(stream).data["status"] for stream in streams]
            assert firsts == ["running"] * 2
            other.client.post(f"/fit/{fit_id}/cancel").raise_for_status()
            told = [[event.data["status"] for event in stream][-1] for stream in streams]
        assert told == ["cancelled"] * 2


@pytest.mark.long
def test_a_stream_that_breaks_goes_on_at_the_other_service(replicas: Replicas) -> None:
    one, other = replicas
    fit_id = one.post(ENDLESS)["id"]
    with following(one.client, f"/fit/{fit_id}/events") as events:
        last = next(event for event in events if event.data["losses"])
    other.cancelled(fit_id)
    with following(other.client, f"/fit/{fit_id}/events", headers={"Last-Event-ID": last.id}) as events:
        rest = [*events]
    assert [event.data["status"] for event in rest][-1] == "cancelled"
    steps = [row["step"] for event in rest for row in event.data["losses"]]
    assert steps[0] == last.data["progress"]["step"] + 1
    assert steps == sorted(set(steps))


@pytest.mark.long
def test_two_posts_with_one_idempotency_key_at_the_same_time_make_one_fit(replicas: Replicas) -> None:
    def post(service: RunningService, key: str) -> str:
        answer = service.client.post("/fit", json={}, headers={"Idempotency-Key": key})
        assert answer.status_code in (200, 202), answer.text
        fit_id: str = answer.json()["id"]
        return fit_id

    with ThreadPoolExecutor(4) as pool:
        for number in range(20):
            key = f"measurement {number}"
            assert len({*pool.map(lambda service, key=key: post(service, key), replicas * 2)}) == 1


def test_what_a_killed_service_trained_goes_on_at_the_other(replicas: Replicas) -> None:
    one, other = replicas
    # Each has one worker.
    trained = [one.post(ENDLESS)["id"] for _ in range(2)]
    for fit_id in trained:
        one.wait_for_step(fit_id, 1)
    waiting = [one.post()["id"] for _ in range(3)]
    one.kill()
    assert other.cancelled(trained[0])["status"] == "cancelled"
    assert other.cancelled(trained[1])["status"] == "cancelled"
    assert [other.ended(fit_id)["status"] for fit_id in waiting] == ["succeeded"] * 3
    one.start()
    assert one.fitted()["status"] == "succeeded"
    assert "Traceback" not in one.log + other.log

"""The database is tidied up while the service runs: fits expire, and their room comes back."""

from collections.abc import Callable

from app.jobs.store.room import stored_bytes
from tests.helpers.running_service import RunningService
from tests.helpers.waiting import wait_until

POINTS = 400_000
LARGE = {
    "model": "a + b * x",
    "target": {"x": list(range(POINTS)), "y": list(range(POINTS))},
    "metadata": {"plate": "7"},
}


def test_at_the_mark_posts_are_refused_until_a_fit_expires_and_its_room_comes_back(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service(workers=1, keep_days=1e-4, max_stored_bytes=10_000_000)
    fit = service.fitted(LARGE)
    refused = service.client.post("/fit", json=LARGE).json()
    assert refused["type"] == "/problems/storage-full"
    assert "FIT_MAX_STORED_BYTES" in refused["detail"]

    wait_until(lambda: service.get(fit["id"])["status"] == "expired", lambda: service.get(fit["id"])["status"])
    after = service.get(fit["id"])
    assert (after["reason"], after["metadata"], after["result"]) == (fit["reason"], {"plate": "7"}, None)
    assert fit["id"] in [listed["id"] for listed in service.client.get("/fit?status=expired").json()["data"]]
    for address in ("data", "history", "curves", "export?format=python"):
        gone = service.client.get(f"/fit/{fit['id']}/{address}")
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/fit-expired"), address
    assert service.client.post(f"/fit/{fit['id']}/predict", json={}).status_code == 410

    wait_until(lambda: stored_bytes(service.database) < 3 * POINTS, lambda: f"room: {stored_bytes(service.database)}")
    wait_until(lambda: service.client.post("/fit", json=LARGE).status_code == 202, lambda: "accepted again")

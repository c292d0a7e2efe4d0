"""What browsers make of streams: EventSource follows a fit, and stops once it was told all."""

from typing import Any

from playwright.sync_api import Page

from tests.helpers.running_service import RunningService

LONG = {"target": {"points": 2000}, "hyperparameters": {"steps": 300_000, "learning_rate": 1e-7, "compression": False}}

FOLLOW = """path => new Promise(resolve => {
    const told = [], source = new EventSource(path);
    source.addEventListener("snapshot", event => told.push({id: event.lastEventId, ...JSON.parse(event.data)}));
    // Chromium connects again when a stream has ended, and gives up when it is told that there is no more.
    source.addEventListener("error", () => {
        if (source.readyState === EventSource.CLOSED) resolve(told);
    });
})"""


def test_a_browser_follows_fits_to_their_end_and_does_not_connect_again(page: Page, service: RunningService) -> None:
    ids = [service.post(LONG)["id"] for _ in range(2)]
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    told: list[dict[str, Any]] = page.evaluate(FOLLOW, f"/events?fit={'&fit='.join(ids)}")
    for fit_id in ids:
        of_fit = [snapshot for snapshot in told if snapshot["fit"] == fit_id]
        steps = [row["step"] for snapshot in of_fit for row in snapshot["losses"]]
        assert [snapshot["ended"] for snapshot in of_fit] == [False] * (len(of_fit) - 1) + [True]
        assert (steps[0], steps[-1], steps) == (0, 300_000, sorted(set(steps)))

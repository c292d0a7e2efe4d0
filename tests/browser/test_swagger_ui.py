"""Swagger UI in a real browser that reaches nothing but the service."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.helpers.long_form import one_in
from tests.helpers.running_service import ENDLESS, RunningService

LINE = {"x": [0, 1, 2, 3, 4], "y": [0.9, 3.1, 5.0, 7.2, 8.9]}


@pytest.fixture(scope="module")
def service_behind_a_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("path"), root_path="/lab/fits", workers=1)
    yield running
    running.close()


def open_post_fit(page: Page, service: RunningService) -> None:
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    page.locator("#operations-fits-createFit .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()


def test_swagger_ui_loads_nothing_from_another_host(
    page: Page, service: RunningService, foreign_requests: list[str]
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    expect(page.get_by_text("Post a fit", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Authorize")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert foreign_requests == []
    assert complaints == []


def test_execute_on_post_fit_shows_the_finished_fit_of_the_sine(
    page: Page, service: RunningService, tmp_path: Path
) -> None:
    open_post_fit(page, service)
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text('"status": "succeeded"')
    expect(answer).to_contain_text("P3(")
    answer.scroll_into_view_if_needed()
    page.screenshot(path=os.environ.get("FIT_TEST_SCREENSHOT") or tmp_path / "swagger.png")


@pytest.mark.parametrize("example", one_in(4, ["formula", "data", "tutorial", "tutorial_in_full"]))
def test_every_worked_example_runs_to_its_end(page: Page, service: RunningService, example: str) -> None:
    open_post_fit(page, service)
    page.locator(".opblock-section-request-body .examples-select-element").select_option(example)
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response").first
    expect(answer.locator(".response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text('"status": "succeeded"')


def executed(block: Locator) -> str:
    """Press Execute on an operation and return the status that is shown."""
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    if block.locator("input[type=file]").count():
        file = {"name": "line.csv", "mimeType": "text/csv", "buffer": b"x,y\n0,1\n1,3\n"}
        block.locator("input[type=file]").set_input_files(files=[file])
    block.get_by_role("button", name="Execute").click()
    status = block.locator(".live-responses-table .response .response-col_status").first
    expect(status).to_have_text(re.compile(r"\S"))
    shown = status.inner_text().split()[0]
    # What is shown of all operations together would become slow.
    block.locator(".opblock-summary-control").click()
    return shown


@pytest.mark.long
@pytest.mark.parametrize(
    "operations", one_in(2, [{"createFit", "predictFit", "drawFit", "cancelFit", "deleteFit"}, None])
)
def test_execute_works_on_every_operation_without_a_field_filled_in(
    page: Page, service: RunningService, operations: set[str] | None
) -> None:
    """On these operations, or on all, which takes a minute and a half."""
    for body in ({"target": LINE}, {"target": {"x": LINE["x"], "y": [LINE["y"]] * 2}}):
        service.fitted(body | {"model": "linear"})
    service.fitted()
    under_way = service.post(ENDLESS)
    page.goto(f"http://127.0.0.1:{service.port}/docs")
    blocks = page.locator(".opblock")
    expect(blocks.first).to_be_visible()
    names = [block.get_attribute("id") or "" for block in blocks.all()]
    # What the service itself sends can't be tried.
    names = [name for name in names if not name.startswith("operations-webhooks-")]
    if operations is not None:
        assert {name.rpartition("-")[2] for name in names} >= operations
        names = [name for name in names if name.rpartition("-")[2] in operations]
    # What takes something away comes last.
    names.sort(key=lambda name: page.locator(f"#{name} .opblock-summary-method").inner_text() == "DELETE")
    shown = {name.rpartition("-")[2]: executed(page.locator(f"#{name}")) for name in names}
    service.ended(under_way["id"])
    # This service has no keys with which a session might begin.
    assert shown.pop("beginSession", "401") == "401"
    # Which link is the first, and of which fit, only a service that nobody else uses would know.
    assert shown.pop("revokeLink", "404") in ("204", "404")
    assert {name: status for name, status in shown.items() if not status.startswith("2")} == {}


def test_without_fits_it_is_said_how_there_will_be_one(page: Page, service_behind_a_path: RunningService) -> None:
    page.unroute_all()
    page.goto(f"http://127.0.0.1:{service_behind_a_path.port}/lab/fits/docs")
    expect(page.get_by_text("No fit is there yet")).to_be_visible()


def test_swagger_ui_works_under_a_proxys_path(page: Page, service_behind_a_path: RunningService) -> None:
    # Without the proxy's own forwarding: the service also answers to addresses that still have the path.
    page.unroute_all()
    page.goto(f"http://127.0.0.1:{service_behind_a_path.port}/lab/fits/docs")
    page.locator("#operations-fits-createFit .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response").first
    expect(answer).to_contain_text('"self": "/lab/fits/fit/fit_')

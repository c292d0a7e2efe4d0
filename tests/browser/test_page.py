"""The page in a real browser: from data to an answer with a picture."""

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from tests.helpers.long_form import one_in
from tests.helpers.running_service import ENDLESS, RunningService

DOSES = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0]
NARROW, WIDE = {"width": 390, "height": 800}, {"width": 1600, "height": 1000}
PLATE: dict[str, Any] = {
    "target": {
        "x": DOSES,
        "y": [
            [
                round(5 + 60 / (1 + 1.7 / dose) + (place * well % 5) / 4, 3) if well % 12 else 5.0
                for place, dose in enumerate(DOSES)
            ]
            for well in range(96)
        ],
        "labels": [f"{'ABCDEFGH'[well // 12]}{well % 12 + 1}" for well in range(96)],
    },
    "model": {"name": "logistic_4"},
}


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """Return what the page complains of; a test that leaves something there fails."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    assert found == []


without_complaints = pytest.mark.usefixtures("complaints")


def opened(page: Page, service: RunningService, view: str = "new") -> None:
    page.goto(f"http://127.0.0.1:{service.port}/#/{view}")


def fitted(page: Page) -> None:
    """Press Fit and wait until the fit has ended."""
    page.get_by_role("button", name="Fit", exact=True).click()
    expect(page.locator("h1 + .badge")).to_have_text("succeeded")


@without_complaints
def test_the_tutorials_fit_is_two_clicks_away(page: Page, service: RunningService, foreign_requests: list[str]) -> None:
    opened(page, service)
    page.get_by_role("button", name="The PyTorch tutorial's fit").click()
    expect(page.locator("math")).to_contain_text("P")
    fitted(page)
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="d", exact=True))
    expect(row).to_contain_text("±")
    page.wait_for_load_state("networkidle")
    assert foreign_requests == []


def test_a_formula_is_checked_while_it_is_typed(page: Page, service: RunningService) -> None:
    opened(page, service)
    page.get_by_role("tab", name="Formula").click()
    page.get_by_label("Formula", exact=True).fill("a * exp(-x /")
    expect(page.locator("#model-fault")).not_to_be_empty()
    page.get_by_label("Formula", exact=True).fill("a * exp(-x / tau)")
    expect(page.locator("#model-fault")).to_be_empty()
    expect(page.get_by_label("Start of tau")).to_be_visible()


@without_complaints
def test_an_answer_about_another_model_than_is_there_by_now_is_nothing_to_draw(
    page: Page, service: RunningService
) -> None:
    checks: list[Route] = []
    page.route("**/check", lambda route: checks.append(route))
    opened(page, service)
    page.get_by_label("Data", exact=True).last.fill("x,y\n1,2\n2,3\n3,5\n4,4")
    expect(page.get_by_label("What column y is")).to_have_value("y")
    page.get_by_role("tab", name="Formula").click()
    page.unroute("**/check")
    for check in checks:
        check.continue_()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Formula", exact=True).fill("a * exp(-x / tau)")
    expect(page.get_by_label("Start of tau")).to_have_attribute("placeholder", re.compile("auto: "))


def test_a_start_value_is_dragged_and_the_curve_follows(page: Page, service: RunningService) -> None:
    opened(page, service)
    page.get_by_role("button", name="The PyTorch tutorial's fit").click()
    expect(page.get_by_label("Start of b")).to_have_value("-1")
    with page.expect_response("**/evaluate") as answer:
        page.get_by_label("Drag b").focus()
        page.keyboard.press("ArrowRight")
    assert answer.value.ok
    assert page.get_by_label("Start of b").input_value() != "-1"


@without_complaints
def test_a_training_is_watched_and_cancelled(page: Page, service: RunningService) -> None:
    fit = service.client.post("/fit", json=ENDLESS).json()
    opened(page, service, f"fit/{fit['id']}")
    expect(page.get_by_role("heading", name="Training")).to_be_visible()
    expect(page.get_by_text("Step ")).to_contain_text("left")
    expect(page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="d", exact=True))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("h1 + .badge")).to_have_text("cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


@without_complaints
def test_of_a_plate_the_worst_well_is_found_and_opened(page: Page, service: RunningService) -> None:
    fit = service.fitted(PLATE)
    opened(page, service, f"fit/{fit['id']}")
    expect(page.locator(".well")).to_have_count(96)
    page.get_by_label("Order").select_option("worst")
    worst = page.locator(".well").first
    expect(worst).to_contain_text("A1")
    worst.click()
    expect(page.get_by_role("heading", name="A1")).to_be_visible()
    expect(page.locator(".notes").first).to_contain_text("no signal")


@without_complaints
def test_a_hundred_thousand_points_are_thinned(page: Page, service: RunningService) -> None:
    fit = service.fitted({"target": {"points": 100_000}})
    opened(page, service, f"fit/{fit['id']}")
    picture = page.get_by_role("img").first
    expect(picture).to_have_attribute("aria-label", re.compile(r"100,000 points, of which [0-9]+ are drawn"))


@without_complaints
def test_a_fit_that_diverges_says_so_in_words(page: Page, service: RunningService) -> None:
    body = {
        "target": {"points": 50},
        "hyperparameters": {"optimizer": "gradient_descent", "learning_rate": 10, "steps": 500},
    }
    fit = service.fitted(body)
    assert fit["reason"] == "diverged"
    opened(page, service, f"fit/{fit['id']}")
    expect(page.locator("h1 + .badge")).to_have_text("failed")
    expect(page.get_by_role("alert").filter(has_text="learning_rate")).to_be_visible()


@without_complaints
def test_fits_are_chosen_in_the_list_and_compared(page: Page, service: RunningService) -> None:
    x, y = [1, 2, 3, 4, 5, 6], [1.1, 3.9, 9.2, 15.8, 25.3, 35.7]
    for model in ("a + b * x", "a + b * x + c * x^2"):
        service.fitted({"target": {"x": x, "y": y}, "model": model, "metadata": {"title": f"compared {model}"}})
    opened(page, service, "fits")
    for model in ("a + b * x", "a + b * x + c * x^2"):
        page.get_by_label(f"Compare compared {model}", exact=True).first.check()
    page.get_by_role("link", name="Compare 2 chosen").click()
    expect(page.get_by_role("row").filter(has_text="best")).to_contain_text("c * x^2")
    expect(page.get_by_text("is a special case of")).to_be_visible()


@pytest.mark.long
def test_whoever_watches_is_told_when_the_service_stops_and_when_it_is_back(
    browser: Browser, start_service: Callable[..., RunningService]
) -> None:
    running = start_service(workers=1)
    fit = running.client.post("/fit", json=ENDLESS).json()
    page = browser.new_page()
    opened(page, running, f"fit/{fit['id']}")
    expect(page.get_by_text("Step ")).to_contain_text("left")
    running.kill()
    expect(page.locator("#connection")).to_be_visible()
    running.start()
    expect(page.locator("#connection")).to_be_hidden()
    page.close()


def test_a_key_is_asked_for_where_keys_are_on(browser: Browser, start_service: Callable[..., RunningService]) -> None:
    running = start_service(workers=1)
    environment = os.environ | {"FIT_DATABASE_URL": f"sqlite:///{running.database}"}
    command = [sys.executable, "-m", "app", "keys", "make", "ann"]
    key = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    running.wait_until(lambda: running.client.get("/fit").status_code == 401, "keys are needed")
    page = browser.new_page()
    opened(page, running, "fits")
    page.get_by_label("Key", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("There is no such key")).to_be_visible()
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("There is no such fit.")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    page.close()


@pytest.mark.parametrize(("size", "scheme"), one_in(3, product([NARROW, WIDE], ["light", "dark"])))
def test_nobody_is_shut_out(browser: Browser, service: RunningService, scheme: Any, size: Any) -> None:
    """By axe-core's rules, light and dark, on a phone and on a wide screen; nothing needs sideways scrolling."""
    fit = service.fitted({"target": {"x": [1, 2, 3, 4], "y": [1.1, 1.9, 3.2, 3.9]}, "model": "a + b * x"})
    plate = service.fitted(PLATE)
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    for view in ("new", "fits", f"fit/{fit['id']}", f"fit/{plate['id']}", f"compare?fits={fit['id']},{plate['id']}"):
        opened(page, service, view)
        page.wait_for_load_state("networkidle")
        serious = [
            f"{view}: {violation['id']}: {violation['nodes'][0]['html']}"
            for violation in Axe().run(page).response["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
        assert serious == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{view} scrolls sideways"
    context.close()


@without_complaints
def test_decimal_commas_from_a_spreadsheet_become_bands_and_a_picture(
    page: Page, service: RunningService, tmp_path: Path
) -> None:
    """Its picture is README's: FIT_TEST_SCREENSHOT=app/static/guide/page.png takes it again."""
    rows = ["Zeit (s)\tSignal (mV)"]
    for second in range(24):
        height = 9.03 * math.exp(-second / 4.2) + 1 + 0.35 * math.sin(9 * second)
        rows.append(f"{second}\t{height:.3f}".replace(".", ","))
    page.set_viewport_size({"width": 1400, "height": 900})
    opened(page, service)
    page.get_by_label("Data", exact=True).last.fill("\n".join(rows))
    expect(page.get_by_label("What column Signal (mV) is")).to_have_value("y")
    page.get_by_role("tab", name="Formula").click()
    page.get_by_label("Formula", exact=True).fill("a * exp(-x / tau) + c")
    expect(page.get_by_label("Start of tau")).to_have_attribute("placeholder", re.compile("auto: "))
    fitted(page)
    expect(page.get_by_label("confidence band")).to_be_checked()
    page.get_by_label("Measured y").fill("5")
    page.get_by_role("button", name="Find x").click()
    expect(page.get_by_text("Unknowns", exact=True)).to_be_visible()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=os.environ.get("FIT_TEST_SCREENSHOT") or tmp_path / "page.png")
    with page.expect_download() as download:
        page.get_by_label("Download").select_option("Picture, PNG")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


@without_complaints
def test_a_link_shares_one_fit_and_nothing_else(browser: Browser, page: Page, service: RunningService) -> None:
    fit = service.fitted({"target": {"x": [1, 2, 3, 4], "y": [1.1, 1.9, 3.2, 3.9]}, "model": "a + b * x"})
    opened(page, service, f"fit/{fit['id']}")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link to share").input_value()
    assert "link=" in link
    guest = browser.new_page()
    guest.goto(link)
    expect(guest.locator("h1 + .badge")).to_have_text("succeeded")
    expect(guest.get_by_role("img").first).to_have_attribute("aria-label", re.compile("4 points"))
    expect(guest.get_by_role("button", name="Delete")).to_have_count(0)
    expect(guest.get_by_role("navigation", name="Main")).to_be_hidden()
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)
    guest.close()

"""The guide in a real browser, on a phone and on a wide screen."""

from itertools import product

import pytest
from playwright.sync_api import Page, expect

from app.api.guide import PAGES
from tests.helpers.long_form import one_in
from tests.helpers.running_service import RunningService


@pytest.mark.parametrize(("width", "scheme"), one_in(3, product([390, 1600], ["light", "dark"])))
def test_every_page_is_read_without_complaint_and_without_scrolling_sideways(
    page: Page, service: RunningService, foreign_requests: list[str], width: int, scheme: str
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for address in ("guide", *(f"guide/{name}" for name in PAGES)):
        page.goto(f"http://127.0.0.1:{service.port}/{address}", wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert complaints == []
    assert foreign_requests == []


def test_a_reader_goes_from_page_to_page_by_the_keyboard(page: Page, service: RunningService) -> None:
    page.goto(f"http://127.0.0.1:{service.port}/guide")
    for title in PAGES.values():
        following = page.locator("[rel=next]")
        following.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.locator("[rel=next]")).to_have_count(0)
    expect(page.locator(".contents [aria-current=page]")).to_have_text(title)

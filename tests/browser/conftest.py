"""A real browser that reaches nothing but the service."""

import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, Route, expect, sync_playwright

from tests.helpers.running_service import RunningService
from tests.helpers.waiting import PATIENCE

CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE_MILLISECONDS = 1000.0 * PATIENCE


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium: the one of the system, else the one that `playwright install chromium` brings.

    As long as it is open, its event loop runs, and other tests could not run theirs.
    """
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        except Error as error:
            if path or os.environ.get("FIT_TEST_REQUIRE_BROWSER"):
                raise
            pytest.skip(f"no Chromium here, install one for this test: {error.message.splitlines()[0]}")
        yield launched
        launched.close()


@pytest.fixture
def foreign_requests() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, service: RunningService, foreign_requests: list[str]) -> Iterator[Page]:
    """Return a page without internet; what it asks of other hosts is refused and noted."""
    opened = browser.new_page(viewport={"width": 1280, "height": 1600})
    opened.set_default_timeout(PATIENCE_MILLISECONDS)

    def only_the_service(route: Route) -> None:
        headers = route.request.headers
        if urlsplit(route.request.url).port == service.port:
            # Swagger UI asks to wait for the end; on a busy machine that may take longer than a reader would wait.
            route.continue_(
                headers=headers | {"prefer": f"wait={PATIENCE}"} if "wait" in headers.get("prefer", "") else headers
            )
        else:
            foreign_requests.append(route.request.url)
            route.abort()

    opened.route("**/*", only_the_service)
    yield opened
    opened.close()

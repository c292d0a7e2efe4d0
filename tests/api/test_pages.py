"""The page, Swagger UI and their files; the browser tests look at them."""

import re
from urllib.parse import urljoin

import httpx


def test_the_page_has_its_files_from_the_service_by_relative_addresses(client: httpx.Client) -> None:
    page = client.get("/").text
    files = re.findall(r'(?:src|href)="(static/[^"]+)"', page)
    assert {"static/page/main.js", "static/uplot/uPlot.min.css"} <= set(files)
    assert all(client.get(urljoin("/", file)).status_code == 200 for file in files)


def test_the_page_may_load_modules_and_its_font_but_nothing_of_other_hosts(client: httpx.Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "font-src 'self'" in policy
    assert "http" not in policy


def test_swagger_ui_has_its_files_from_the_service_by_relative_addresses(client: httpx.Client) -> None:
    page = client.get("/docs")
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"static/swagger-ui/swagger-ui-bundle.js", "static/swagger-ui/swagger-ui.css"} <= set(files)
    assert all(client.get(urljoin("/docs", file)).status_code == 200 for file in files)
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]


def test_a_browser_finds_the_icon_that_it_looks_for(client: httpx.Client) -> None:
    answer = client.get("/favicon.ico", follow_redirects=True)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")

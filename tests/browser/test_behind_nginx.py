"""The service behind a real nginx, which strips the path under which it serves it, or passes it on."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.helpers.running_service import RunningService, free_port
from tests.helpers.waiting import PATIENCE, wait_until

CONFIGURATION = """
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location /fits/ {{ proxy_pass http://127.0.0.1:{service}{path}; }}
    }}
}}
"""


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    if shutil.which("nginx") is None and "FIT_TEST_REQUIRE_NGINX" not in os.environ:
        pytest.skip("no nginx here, install one for this test")
    running = RunningService(tmp_path_factory.mktemp("proxied"), root_path="/fits", workers=1)
    yield running
    running.close()


@pytest.fixture(params=["/", ""], ids=["strips", "keeps"])
def url(request: pytest.FixtureRequest, proxied: RunningService, tmp_path: Path) -> Iterator[str]:
    """Return the address of the service behind nginx."""
    port, configuration = free_port(), tmp_path / "nginx.conf"
    places = {"folder": tmp_path, "port": port, "service": proxied.port, "path": request.param}
    configuration.write_text(CONFIGURATION.format(**places))
    with subprocess.Popen(
        [shutil.which("nginx") or "nginx", "-p", tmp_path, "-c", configuration, "-g", "daemon off;"]
    ) as nginx:
        address = f"http://127.0.0.1:{port}/fits/"
        wait_until(lambda: _answers(f"{address}readyz"), lambda: "nginx does not answer")
        yield address
        nginx.terminate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False


def test_every_address_that_is_told_leads_to_the_service(url: str) -> None:
    posted = httpx.post(f"{url}fit", headers={"Prefer": "wait=30"}, timeout=PATIENCE)
    assert httpx.get(urljoin(url, posted.headers["Location"])).json()["id"] == posted.json()["id"]
    for name in ("self", "history", "curves", "export"):
        assert httpx.get(urljoin(url, posted.json()["urls"][name])).status_code == 200, name
    servers = httpx.get(f"{url}openapi.json").json()["servers"]
    assert urljoin(url, f"{servers[0]['url']}/") == url


@pytest.mark.parametrize("page", ["", "docs", "guide", "problems"])
def test_every_file_and_link_of_a_page_is_found(url: str, page: str) -> None:
    answer = httpx.get(url + page, follow_redirects=True)
    links = set(re.findall(r'(?:src|href)="([^"#:]+)"', answer.text))
    assert links
    found = {link: httpx.get(urljoin(str(answer.url), link), follow_redirects=True).status_code for link in links}
    assert {link: status for link, status in found.items() if status != 200} == {}


def test_execute_in_swagger_ui_posts_a_fit(browser: Browser, url: str) -> None:
    page = browser.new_page()
    page.goto(f"{url}docs")
    page.locator("#operations-fits-createFit .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response").first
    expect(answer).to_contain_text('"self": "/fits/fit/fit_', timeout=1000.0 * PATIENCE)
    page.close()

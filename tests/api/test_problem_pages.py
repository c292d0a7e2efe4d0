"""Each kind of problem has a page that explains it, at the address that its documents have as type."""

import asyncio
import re
from html import unescape
from urllib.parse import urljoin

import httpx
import pytest

from app.main import create_app
from app.schemas.problem_kinds import PROBLEM_KINDS, ProblemKind
from app.settings import Settings


@pytest.mark.parametrize("kind", PROBLEM_KINDS.values(), ids=PROBLEM_KINDS)
def test_a_page_explains_the_kind(client: httpx.Client, kind: ProblemKind) -> None:
    page = client.get(kind.type)
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    text = unescape(page.text)
    for words in (kind.title, str(kind.status), kind.type, kind.meaning, kind.remedy):
        assert words in text


def test_one_page_lists_all_kinds(client: httpx.Client) -> None:
    page = client.get("/problems").text
    for kind in PROBLEM_KINDS.values():
        assert f">{kind.slug}<" in page


def test_there_is_no_page_of_a_kind_that_there_is_not(client: httpx.Client) -> None:
    response = client.get("/problems/nothing")
    assert (response.status_code, response.json()["type"]) == (404, "/problems/address-not-found")


def test_pages_are_not_in_the_openapi_description(client: httpx.Client) -> None:
    assert not [path for path in client.get("/openapi.json").json()["paths"] if path.startswith("/problems")]


def test_nothing_of_a_page_comes_from_another_host(client: httpx.Client) -> None:
    for path in ("/problems", "/problems/fit-not-found"):
        assert "//" not in client.get(path).text


@pytest.mark.parametrize("prefix", ["/lab/fits", ""], ids=["proxy that keeps its path", "proxy that strips its path"])
def test_links_between_the_pages_hold_behind_a_path(prefix: str) -> None:
    transport = httpx.ASGITransport(create_app(Settings()), root_path="/lab/fits")

    async def follow_links() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for path in ("/problems", "/problems/fit-not-found"):
                addresses = re.findall(r'<a href="([^"]*)"', (await client.get(prefix + path)).text)
                assert addresses
                for address in addresses:
                    seen_by_browser = urljoin(f"/lab/fits{path}", address)
                    assert seen_by_browser.startswith("/lab/fits/problems")
                    there = await client.get(prefix + seen_by_browser.removeprefix("/lab/fits"))
                    assert there.status_code == 200

    asyncio.run(follow_links())

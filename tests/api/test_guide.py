"""The guide explains all that the service has, by pages whose links hold wherever they are served."""

import asyncio
import re
from urllib.parse import urldefrag, urljoin

import httpx
import pytest
from starlette.routing import Match

from app.api.guide import PAGES
from app.fitting.library import MODELS
from app.fitting.optimizers import OPTIMIZERS
from app.fitting.problems.losses import LOSSES
from app.main import create_app
from app.schemas.result import Statistics
from app.schemas.status import Reason, Status
from app.settings import Settings
from tests.helpers.guide_examples import GuidePage, read_page

ADDRESSES = ["/guide", *(f"/guide/{name}" for name in PAGES)]


def page_of(client: httpx.Client, address: str) -> GuidePage:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    return read_page(answer.text)


@pytest.mark.parametrize("address", ADDRESSES)
def test_links_lead_somewhere_and_nothing_is_loaded_from_another_host(client: httpx.Client, address: str) -> None:
    html = client.get(address).text
    assert not re.search(r"<script|\bsrc=\"[^\"]*//|<link[^>]*//|style=", html)
    for link in {link for link in read_page(html).links if not link.startswith("https://")}:
        there, anchor = urldefrag(urljoin(address, link))
        answer = client.get(there)
        assert answer.status_code == 200, link
        # Those with a slash are views of the page, which its scripts know.
        assert not anchor or anchor.startswith("/") or anchor in read_page(answer.text).anchors, link


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_anchor_of_a_page_is_there_once(client: httpx.Client, address: str) -> None:
    anchors = page_of(client, address).anchors
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("prefix", ["/lab/fits", ""], ids=["proxy that keeps its path", "proxy that strips its path"])
def test_the_guide_holds_behind_a_path_and_its_examples_name_that(prefix: str) -> None:
    transport = httpx.ASGITransport(create_app(Settings()), root_path="/lab/fits")

    async def follow_links() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for address in ("/guide", "/guide/tutorial"):
                page = read_page((await client.get(prefix + address)).text)
                for link in page.links:
                    seen_by_browser = urldefrag(urljoin(f"/lab/fits{address}", link)).url
                    assert seen_by_browser.startswith("/lab/fits/")
                    there = await client.get(prefix + seen_by_browser.removeprefix("/lab/fits"))
                    assert there.status_code == 200, link
            program = next(example.text for example in page.examples if example.is_program)
            assert "http://localhost/lab/fits/fit" in program

    asyncio.run(follow_links())


def test_there_is_no_page_that_there_is_not(client: httpx.Client) -> None:
    response = client.get("/guide/nothing")
    assert (response.status_code, response.json()["type"]) == (404, "/problems/address-not-found")


def test_every_statistic_is_explained_and_nothing_else_by_that_way(client: httpx.Client) -> None:
    page = page_of(client, "/guide/statistics")
    explained = [term for term in page.terms if term in page.anchors]
    assert sorted(explained) == sorted(Statistics.model_fields)


@pytest.mark.parametrize(
    ("page", "names"),
    [("models", MODELS), ("training", OPTIMIZERS), ("training", LOSSES)],
    ids=["models of the library", "optimizers", "losses"],
)
def test_the_guide_says_when_to_take_which(client: httpx.Client, page: str, names: dict[str, object]) -> None:
    assert names.keys() <= set(page_of(client, f"/guide/{page}").words)


def test_every_status_and_reason_is_explained(client: httpx.Client) -> None:
    terms = page_of(client, "/guide/trouble").terms
    assert sorted(terms) == sorted([*Status, *Reason])


def test_every_address_that_the_guide_names_is_one_of_the_service(client: httpx.Client) -> None:
    routes = create_app(Settings()).routes
    for address in ADDRESSES:
        page = page_of(client, address)
        for method, path in re.findall(
            r"(GET|POST|DELETE) (/[^\s?]*)", "\n".join([*page.words, *(example.caption for example in page.examples)])
        ):
            scope = {"type": "http", "method": method, "path": path.replace("{id}", "fit_0"), "headers": []}
            assert any(route.matches(scope)[0] is Match.FULL for route in routes), f"{method} {path}"

"""The guide: pages for people who begin, who have data, or who write programs. Nothing is loaded from another host.

A page is a file of `static/guide` with what it says; title, navigation and links to its neighbours are put around it
here. All links are relative, so that they hold behind a proxy's path too.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from types import MappingProxyType

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.api.pages import STATIC
from app.api.problem_details import ProblemError
from app.api.security.response_headers import GUIDE_POLICY
from app.schemas.problem_kinds import ADDRESS_NOT_FOUND

router = APIRouter(include_in_schema=False)

PAGES: Mapping[str, str] = MappingProxyType(
    {
        "tutorial": "From the PyTorch tutorial",
        "data": "Your own data",
        "models": "Choosing a model",
        "training": "Choosing optimizer and loss",
        "statistics": "The statistics explained",
        "recipes": "Recipes",
        "trouble": "When something goes wrong",
    }
)
"""Titles of the pages by their names, in the order in which they are read."""
FIRST = "index"
"""Name of the file of the first page, which has the address `/guide` itself."""
WRITTEN_ADDRESS = "http://localhost:8000"
"""The address of the service in the examples, for which each reader finds the one by which the page was asked for."""
_SECTION = re.compile(r'<h2 id="([\w-]+)">(.+?)</h2>')


@router.get("/guide")
def open_guide(request: Request) -> HTMLResponse:
    """Return the first page of the guide."""
    return _page(FIRST, request)


@router.get("/guide/{page}")
def read_guide_page(page: str, request: Request) -> HTMLResponse:
    """Return a page of the guide. Raises ProblemError if there is none of this name."""
    if page not in PAGES:
        raise ProblemError(ADDRESS_NOT_FOUND)
    return _page(page, request)


def _page(name: str, request: Request) -> HTMLResponse:
    address = escape(str(request.base_url).rstrip("/"))
    text = _whole(name).replace(WRITTEN_ADDRESS, address)
    return HTMLResponse(text, headers={"Content-Security-Policy": GUIDE_POLICY})


@cache
def _whole(name: str) -> str:
    """Return a whole page."""
    content = (STATIC / "guide" / f"{name}.html").read_text(encoding="utf-8")
    # What can be scrolled sideways is reached by the keyboard too.
    content = content.replace("<pre>", '<pre tabindex="0">')
    title = PAGES.get(name, "Guide")
    up = "" if name == FIRST else "../"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} - fit-service</title>
<link rel="icon" href="{up}static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{up}static/page/style/colours.css">
<link rel="stylesheet" href="{up}static/guide/guide.css">
</head>
<body>
<header>
<a class="brand" href="{up or "./"}"><img src="{up}static/favicon.svg" alt="" width="24" height="24">fit-service</a>
<nav aria-label="Service">
<a href="{up or "./"}#/new">New fit</a>
<a href="{up or "./"}#/fits">Fits</a>
<a href="{up}guide" class="here">Guide</a>
<a href="{up}docs">API</a>
<a class="to-contents" href="#contents">Contents</a>
</nav>
</header>
<div class="columns">
<main>
<h1>{escape(title)}</h1>
{content}
{_neighbours(name, up)}
</main>
{_contents(name, content, up)}
</div>
</body>
</html>
"""


def _contents(name: str, content: str, up: str) -> str:
    """Return the navigation through all pages, with the sections of this one."""
    sections = "".join(f'<li><a href="#{anchor}">{words}</a></li>\n' for anchor, words in _SECTION.findall(content))
    entries = []
    for page, title in ((FIRST, "Guide"), *PAGES.items()):
        here = page == name
        address = f"{up}guide" if page == FIRST else f"{up}guide/{page}"
        mark = ' aria-current="page"' if here else ""
        inner = f"\n<ul>\n{sections}</ul>" if here and sections else ""
        entries.append(f'<li><a href="{address}"{mark}>{escape(title)}</a>{inner}</li>')
    listed = "\n".join(entries)
    return f'<nav id="contents" class="contents" aria-label="Contents">\n<ul>\n{listed}\n</ul>\n</nav>'


def _neighbours(name: str, up: str) -> str:
    """Return links to the page before and the page after."""
    names = [FIRST, *PAGES]
    place = names.index(name)
    links = []
    if place > 1:
        links.append(f'<a rel="prev" href="{up}guide/{names[place - 1]}">← {escape(PAGES[names[place - 1]])}</a>')
    if place + 1 < len(names):
        links.append(f'<a rel="next" href="{up}guide/{names[place + 1]}">{escape(PAGES[names[place + 1]])} →</a>')
    return f'<p class="neighbours">{" ".join(links)}</p>'

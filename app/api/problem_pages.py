"""A page for each kind of problem, at the address that is the `type` of its documents; nothing from another host.

All links are relative, so that they hold behind a proxy's path too.
"""

import json
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.api.problem_details import ProblemError, example
from app.schemas.problem_kinds import ADDRESS_NOT_FOUND, PROBLEM_KINDS, PROBLEMS_PATH, ProblemKind

router = APIRouter(include_in_schema=False)

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 1rem 0.25rem 0; }
pre { overflow-x: auto; padding: 1rem; border: 1px solid; }
"""


@router.get(PROBLEMS_PATH)
def list_problems() -> HTMLResponse:
    """Return the page that lists all kinds of problems."""
    rows = "\n".join(
        f'<tr><td>{kind.status}</td><td><a href="problems/{kind.slug}">{kind.slug}</a></td>'
        f"<td>{escape(kind.title)}</td></tr>"
        for kind in sorted(PROBLEM_KINDS.values(), key=lambda kind: kind.status)
    )
    words = "Every error of this service is a problem document (RFC 9457), whose type is one of these."
    table = f"<table>\n<tr><th>Status</th><th>Type</th><th>Title</th></tr>\n{rows}\n</table>"
    return _page("Problems", f"<p>{words}</p>\n{table}", static="static")


@router.get(f"{PROBLEMS_PATH}/{{slug}}")
def explain_problem(slug: str) -> HTMLResponse:
    """Return the page of one kind. Raises ProblemError if there is no such kind."""
    kind = PROBLEM_KINDS.get(slug)
    if kind is None:
        raise ProblemError(ADDRESS_NOT_FOUND)
    return _page(kind.title, _explanation(kind), static="../static")


def _explanation(kind: ProblemKind) -> str:
    document = json.dumps(example(kind), indent=2)
    return f"""<p>HTTP status {kind.status}, type <code>{kind.type}</code></p>
<h2>What happened</h2>
<p>{escape(kind.meaning)}</p>
<h2>What to do</h2>
<p>{escape(kind.remedy)}</p>
<h2>Example</h2>
<pre>{escape(document)}</pre>
<p><a href="../problems">All problems</a></p>"""


def _page(title: str, content: str, static: str) -> HTMLResponse:
    """Return a whole page; `static` is the relative address of the service's own files."""
    return HTMLResponse(f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)} - fit-service</title>
<link rel="icon" href="{static}/favicon.svg">
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
{content}
</body>
</html>
""")

"""The page, Swagger UI, and their files. Nothing is loaded from another host."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse
from starlette.background import BackgroundTask

from app.api.security.response_headers import PAGE_POLICY
from app.api.services import Services
from app.jobs.views.of_starts import evaluation_of

STATIC = Path(__file__).parent.parent / "static"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def page(request: Request) -> FileResponse:
    """Return the page. Its addresses are relative, so that they hold behind a proxy's path too.

    Meanwhile a process gets ready for the first start values that the page will ask for.
    """
    # An application that has not been started shows its pages too.
    services: Services | None = getattr(request.app.state, "services", None)
    return FileResponse(
        STATIC / "page" / "index.html",
        headers={"Content-Security-Policy": PAGE_POLICY},
        background=None if services is None else BackgroundTask(services.calculations.prepare, evaluation_of),
    )


@router.get("/docs")
def docs() -> FileResponse:
    """Return the page of Swagger UI."""
    return FileResponse(STATIC / "docs" / "index.html", headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/favicon.ico")
def favicon() -> RedirectResponse:
    """Redirect to the icon, for which browsers ask at this address unasked."""
    return RedirectResponse("static/favicon.svg")

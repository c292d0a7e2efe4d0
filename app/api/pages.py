"""The page, Swagger UI, and their files. Nothing is loaded from another host."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, RedirectResponse

from app.api.security.response_headers import PAGE_POLICY

STATIC = Path(__file__).parent.parent / "static"

router = APIRouter(include_in_schema=False)


@router.get("/")
def page() -> FileResponse:
    """Return the page. Its addresses are relative, so that they hold behind a proxy's path too."""
    return FileResponse(STATIC / "page" / "index.html", headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/docs")
def docs() -> FileResponse:
    """Return the page of Swagger UI."""
    return FileResponse(STATIC / "docs" / "index.html", headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/favicon.ico")
def favicon() -> RedirectResponse:
    """Redirect to the icon, for which browsers ask at this address unasked."""
    return RedirectResponse("static/favicon.svg")

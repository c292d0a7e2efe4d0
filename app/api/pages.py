"""The page, Swagger UI, and their files. Nothing is loaded from another host."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from app.api.security.response_headers import PAGE_POLICY, policy_with_scripts

STATIC = Path(__file__).parent.parent / "static"

router = APIRouter(include_in_schema=False)


@router.get("/")
def page() -> FileResponse:
    """Return the page. Its addresses are relative, so that they hold behind a proxy's path too."""
    return FileResponse(STATIC / "page" / "index.html", headers={"Content-Security-Policy": PAGE_POLICY})


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Return the page of Swagger UI."""
    root_path = request.scope.get("root_path", "").rstrip("/")
    static = f"{root_path}/static"
    page = get_swagger_ui_html(
        openapi_url=f"{root_path}/openapi.json",
        title="fit-service",
        swagger_js_url=f"{static}/swagger-ui/swagger-ui-bundle.js",
        swagger_css_url=f"{static}/swagger-ui/swagger-ui.css",
        swagger_favicon_url=f"{static}/favicon.svg",
        swagger_ui_parameters={"tryItOutEnabled": False, "defaultModelsExpandDepth": 0, "displayRequestDuration": True},
    )
    page.headers["Content-Security-Policy"] = policy_with_scripts(bytes(page.body).decode())
    return page


@router.get("/favicon.ico")
def favicon() -> RedirectResponse:
    """Redirect to the icon, for which browsers ask at this address unasked."""
    return RedirectResponse("static/favicon.svg")

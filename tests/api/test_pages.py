"""Swagger UI and its files; the browser tests look at them."""

import httpx


def test_the_root_leads_to_swagger_ui_by_a_relative_address(client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "docs")


def test_swagger_ui_has_its_files_from_the_service(client: httpx.Client) -> None:
    page = client.get("/docs").text
    for path in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/static/swagger-ui/{path}" in page
        assert client.get(f"/static/swagger-ui/{path}").status_code == 200


def test_a_browser_finds_the_icon_that_it_looks_for(client: httpx.Client) -> None:
    answer = client.get("/favicon.ico", follow_redirects=True)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")

"""The links of the OpenAPI document lead from each answer that names a fit to all operations on a fit."""

from typing import Any

import httpx
import pytest


@pytest.fixture
def description(client: httpx.Client) -> dict[str, Any]:
    described: dict[str, Any] = client.get("/openapi.json").json()
    return described


def linked(description: dict[str, Any], path: str, method: str, status: str) -> dict[str, Any]:
    links: dict[str, Any] = description["paths"][path][method]["responses"][status]["links"]
    return links


@pytest.mark.parametrize(("method", "status"), [("post", "202"), ("post", "200"), ("get", "200")])
def test_every_operation_on_a_fit_is_linked(description: dict[str, Any], method: str, status: str) -> None:
    on_a_fit = [methods for path, methods in description["paths"].items() if path.startswith("/fit/{fit_id}")]
    named = {operation["operationId"] for methods in on_a_fit for operation in methods.values()}
    links = linked(description, "/fit", method, status)
    assert {link["operationId"] for link in links.values()} == named


def test_the_id_is_where_a_link_says(client: httpx.Client, description: dict[str, Any]) -> None:
    posted = client.post("/fit", json={"hyperparameters": {"steps": 1}}).json()
    (of_a_fit,) = {link["parameters"]["fit_id"] for link in linked(description, "/fit", "post", "202").values()}
    assert (of_a_fit, client.get(f"/fit/{posted['id']}").status_code) == ("$response.body#/id", 200)
    (of_a_page,) = {link["parameters"]["fit_id"] for link in linked(description, "/fit", "get", "200").values()}
    assert of_a_page == "$response.body#/data/0/id"
    assert client.get("/fit").json()["data"][0]["id"]

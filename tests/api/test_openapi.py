"""The OpenAPI description says everything that a stranger needs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from app.schemas.examples import FIT_EXAMPLES
from tests.helpers.openapi import COMMITTED, RELEASED, breaking_lines, document
from tests.helpers.running_service import RunningService


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return document()


@pytest.fixture(scope="module")
def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_a_running_service_gives_it(description: dict[str, Any], client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == description


@pytest.mark.parametrize("promised", [RELEASED, COMMITTED], ids=lambda path: path.name)
def test_what_breaks_clients_stands_in_the_changelog(description: dict[str, Any], promised: Path) -> None:
    changelog = (COMMITTED.parent.parent / "CHANGELOG.md").read_text()
    since_then = changelog.partition("\n## 0.1.0")[0]
    parts = since_then.replace("\n## ", "\n### ").split("\n### ")
    breaking_part = "\n".join(part for part in parts if part.startswith("Breaking"))
    breaking = breaking_lines(json.loads(promised.read_text()), description)
    assert {subject: line for subject, line in breaking.items() if f"`{subject}`" not in breaking_part} == {}, (
        "name each of these, in backticks, under `### Breaking` of CHANGELOG.md"
    )


def test_every_field_is_described(description: dict[str, Any]) -> None:
    undescribed = [
        f"{name}.{field}"
        for name, schema in description["components"]["schemas"].items()
        for field, found in schema.get("properties", {}).items()
        if not found.get("description") and "$ref" not in found
    ] + [name for name, schema in description["components"]["schemas"].items() if not schema.get("description")]
    assert undescribed == []


def test_every_parameter_and_answer_is_described(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["description"], name
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])
        for status, answer in operation["responses"].items():
            assert answer["description"] not in ("", "Successful Response"), (name, status)


def test_every_error_is_declared_as_a_problem(operations: dict[str, dict[str, Any]]) -> None:
    for name, operation in operations.items():
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and "readyz" not in name:
                assert list(answer["content"]) == ["application/problem+json"], (name, status)
    assert {"400", "413", "415", "422", "500", "503"} <= set(operations["post /fit"]["responses"])


def test_every_error_has_examples_of_its_status_that_fit_the_schema(
    description: dict[str, Any], operations: dict[str, dict[str, Any]]
) -> None:
    schema = {"$ref": "#/components/schemas/Problem", "components": description["components"]}
    for operation in operations.values():
        for status, answer in operation["responses"].items():
            problems = answer.get("content", {}).get("application/problem+json", {})
            for slug, example in problems.get("examples", {}).items():
                jsonschema.Draft202012Validator(schema).validate(example["value"])
                assert example["value"]["type"] == f"/problems/{slug}"
                assert example["value"]["status"] == int(status)
                assert f"`/problems/{slug}`" in answer["description"]


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert set(references(description)) <= known


@pytest.mark.parametrize("name", FIT_EXAMPLES)
def test_every_example_fits_the_schema(description: dict[str, Any], name: str) -> None:
    schema = {"$ref": "#/components/schemas/FitRequest", "components": description["components"]}
    jsonschema.Draft202012Validator(schema).validate(FIT_EXAMPLES[name]["value"])


def test_a_finished_fit_fits_the_schema(description: dict[str, Any], service: RunningService) -> None:
    fit = service.fitted({"hyperparameters": {"steps": 5}})
    schema = {"$ref": "#/components/schemas/Fit", "components": description["components"]}
    jsonschema.Draft202012Validator(schema).validate(fit)


def test_what_formulas_may_contain_is_told(description: dict[str, Any]) -> None:
    assert "`legendre(n, u)`: Legendre polynomial P_n(u)." in description["info"]["description"]


def test_operations_have_names_in_camel_case_that_begin_with_a_verb(description: dict[str, Any]) -> None:
    verbs = (
        "begin|cancel|check|compare|create|delete|derive|download|draw|end|evaluate|export|find|get|list|predict|read|revoke|stream|"
        "view"
    )
    names = [operation["operationId"] for methods in description["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(rf"({verbs})([A-Z][a-z]+)*", name)] == []


def test_schemas_have_names_of_classes(description: dict[str, Any]) -> None:
    names = description["components"]["schemas"]
    assert [
        name for name in names if not re.fullmatch(r"([A-Z][a-z]*)+", name) or name.endswith(("Input", "Output"))
    ] == []


def test_the_message_to_webhooks_is_described_with_an_example_that_fits(description: dict[str, Any]) -> None:
    message = description["webhooks"]["fit.ended"]["post"]
    headers = {parameter["name"] for parameter in message["parameters"]}
    assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    content = message["requestBody"]["content"]["application/json"]
    schema = content["schema"] | {"components": description["components"]}
    jsonschema.Draft202012Validator(schema).validate(content["example"])

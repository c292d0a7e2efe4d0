"""Which changes of the OpenAPI document break clients."""

from copy import deepcopy
from typing import Any

import pytest

from tests.helpers.openapi import breaking_lines

Schema = dict[str, Any]


def described() -> Schema:
    """Return a document of one operation: it posts an order, and its answer tells the state of it."""
    order = {"type": "object", "title": "Order", "required": ["item"], "properties": {"item": {"type": "string"}}}
    state = {
        "type": "object",
        "title": "State",
        "required": ["status"],
        "properties": {
            "status": {"type": "string", "enum": ["open", "done"]},
            "price": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/State"}},
        },
    }
    operation = {
        "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/State"}}}}},
    }
    return {"paths": {"/orders": {"post": operation}}, "components": {"schemas": {"Order": order, "State": state}}}


@pytest.fixture
def new() -> Schema:
    return described()


def fields(document: Schema, schema: str) -> Schema:
    found: Schema = document["components"]["schemas"][schema]["properties"]
    return found


def test_the_same_document_breaks_nothing(new: Schema) -> None:
    assert breaking_lines(described(), new) == {}


def test_what_is_added_breaks_nothing(new: Schema) -> None:
    new["paths"]["/more"] = deepcopy(new["paths"]["/orders"])
    fields(new, "State")["since"] = {"type": "string"}
    fields(new, "Order")["colour"] = {"type": "string"}
    fields(new, "Order")["item"] = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    fields(new, "State")["status"]["enum"].append("lost")
    assert breaking_lines(described(), new) == {}


def test_another_name_of_a_schema_breaks_nothing(new: Schema) -> None:
    schemas = new["components"]["schemas"]
    schemas["Answer"] = schemas.pop("State")
    new["paths"]["/orders"]["post"]["responses"]["200"]["content"]["application/json"]["schema"] = {
        "$ref": "#/components/schemas/Answer"
    }
    fields(new, "Answer")["parts"]["items"] = {"$ref": "#/components/schemas/Answer"}
    assert breaking_lines(described(), new) == {}


def test_a_removed_path_or_method_is_named(new: Schema) -> None:
    new["paths"]["/orders"]["put"] = new["paths"]["/orders"].pop("post")
    assert breaking_lines(described(), new) == {"POST /orders": "the operation is removed"}


def test_a_removed_parameter_and_one_that_is_required_now_are_named(new: Schema) -> None:
    new["paths"]["/orders"]["post"]["parameters"] = [
        {"name": "first", "in": "query", "required": True, "schema": {"type": "integer"}}
    ]
    assert breaking_lines(described(), new) == {
        "POST /orders limit": "the parameter is removed",
        "POST /orders first": "the parameter is required now",
    }


def test_a_removed_field_is_named(new: Schema) -> None:
    del fields(new, "State")["price"]
    del fields(new, "Order")["item"]
    new["components"]["schemas"]["Order"]["required"] = []
    assert breaking_lines(described(), new) == {
        "State.price": "the field is removed",
        "Order.item": "the field is removed",
    }


def test_a_field_that_a_request_must_have_now_is_named(new: Schema) -> None:
    fields(new, "Order")["colour"] = {"type": "string"}
    new["components"]["schemas"]["Order"]["required"] = ["item", "colour"]
    assert breaking_lines(described(), new) == {"Order.colour": "the field is required now"}


def test_a_removed_value_is_named(new: Schema) -> None:
    fields(new, "State")["status"]["enum"] = ["open"]
    assert breaking_lines(described(), new) == {"State.status": "the values are no longer done"}


def test_a_changed_type_is_named(new: Schema) -> None:
    fields(new, "State")["price"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert breaking_lines(described(), new) == {"State.price": "the type is no longer number"}


def test_a_media_type_and_an_answer_that_are_gone_are_named(new: Schema) -> None:
    answers = new["paths"]["/orders"]["post"]["responses"]
    answers["201"] = answers.pop("200")
    assert breaking_lines(described(), new) == {"POST /orders 200": "the answer is removed"}
    body = new["paths"]["/orders"]["post"]["requestBody"]
    body["content"] = {"text/csv": body["content"]["application/json"]}
    assert breaking_lines(described(), new)["POST /orders body application/json"] == "the media type is removed"

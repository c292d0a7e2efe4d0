"""The OpenAPI description: that of FastAPI, with our problem details in the place of its own errors."""

import json
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute

from app.api.entity_tags import unchanging
from app.api.event_description import put_events
from app.api.links import put_links
from app.api.security.description import put_security
from app.api.webhook_description import put_webhooks
from app.jobs.results.catalogue import list_functions
from app.schemas.catalogue import FunctionDescription
from app.schemas.incoming import NAMED
from app.schemas.problem_details import Problem

_FORMULAS = list_functions()
_CONSTANTS = " ".join(f"`{name}`" for name in _FORMULAS.constants)


def _called(function: FunctionDescription) -> str:
    """Return how a formula calls a function, by all of its names."""
    arguments = ", ".join(function.arguments)
    return ", ".join(f"`{name}({arguments})`" for name in (function.name, *function.aliases))


def _shorthands() -> str:
    """Return the shorter names of the polynomials, each with what it stands for."""
    functions = [function for function in _FORMULAS.data if function.shorthand is not None]
    return ", ".join(f"`{function.shorthand}3(u)` = `{function.name}(3, u)`" for function in functions)


DESCRIPTION = f"""
Curve fitting over HTTP, trained by custom PyTorch autograd functions.

Post a fit at **POST /fit**: a function or measured data, a model formula, start values and hyperparameters.
An empty body is the PyTorch tutorial "Defining new autograd functions": `y = a + b * P3(c + d * x)` fitted to `sin(x)`.

<details><summary>What a formula may contain</summary>

Numbers, `+ - * /`, powers (`**`, `^` or `pow(u, v)`), brackets, {_CONSTANTS}, and the functions

{chr(10).join(f"- {_called(function)}: {function.description}" for function in _FORMULAS.data)}

Shorter names of the polynomials: {_shorthands()}.

</details>
"""


ADDRESS = "/openapi.json"


def operation_id(route: APIRoute) -> str:
    """Return the name by which generated clients call a route: that of its function, in camel case."""
    first, *others = route.name.split("_")
    return first + "".join(word.capitalize() for word in others)


def install(app: FastAPI) -> None:
    """Describe the errors of every route as the problems that they are, and answer with the description.

    FastAPI's own route would write the whole document anew for each request.
    """
    describe = app.openapi
    documents: dict[str, bytes] = {}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            description = describe()
            put_security(description)
            put_links(description)
            put_events(description)
            put_webhooks(description)
            _put_problems(description)
            _put_enums(description)
            _put_named(description["components"]["schemas"], description)
        return describe()

    async def document(request: Request) -> Response:
        root_path = request.scope.get("root_path", "").rstrip("/")
        if root_path not in documents:
            servers = {"servers": [{"url": root_path}]} if root_path else {}
            documents[root_path] = json.dumps(openapi() | servers, ensure_ascii=False).encode()
        return unchanging(request, documents[root_path])

    app.openapi = openapi  # type: ignore[method-assign]
    app.add_route(ADDRESS, document, include_in_schema=False)


def _put_enums(part: Any) -> None:
    """Write every constant in a part of the document as an enumeration of one, which all generators of clients know."""
    if isinstance(part, list):
        for inner in part:
            _put_enums(inner)
    elif isinstance(part, dict):
        if "const" in part and "type" in part:
            part["enum"] = [part.pop("const")]
        for inner in part.values():
            _put_enums(inner)


def _put_named(schemas: dict[str, Any], part: Any) -> None:
    """Put the types that say their names among the schemas, and references to them into their places."""
    for inner in list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []:
        _put_named(schemas, inner)
    if not isinstance(part, dict) or NAMED not in part:
        return
    named = part.pop(NAMED)
    of_field = {name: part.pop(name) for name in ("title", "description", "default", "examples") if name in part}
    schemas[named["name"]] = part | {"description": named["description"]}
    part.clear()
    part |= {"$ref": f"#/components/schemas/{named['name']}"} | of_field


def _put_problems(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    definition = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= definition.pop("$defs") | {"Problem": definition}
    for methods in description["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            # FastAPI adds a 422 in its own shape wherever there is a parameter; ours are declared where they occur.
            if "HTTPValidationError" in str(answers.get("422", "")):
                del answers["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)

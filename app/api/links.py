"""Links in the OpenAPI document: from an answer that names a fit to every operation on that fit."""

from typing import Any

_FROM = {("/fit", "post", "202"): "/id", ("/fit", "post", "200"): "/id", ("/fit", "get", "200"): "/data/0/id"}
"""Answers that name a fit, by address, method and status, and where in their body its id is (RFC 6901)."""
_OF_A_FIT = "/fit/{fit_id}"


def put_links(description: dict[str, Any]) -> None:
    """Add to an OpenAPI document the links from answers that name a fit."""
    operations = [
        operation
        for path, methods in description["paths"].items()
        if path.startswith(_OF_A_FIT)
        for operation in methods.values()
    ]
    for (path, method, status), place in _FROM.items():
        description["paths"][path][method]["responses"][status]["links"] = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {"fit_id": f"$response.body#{place}"},
                "description": operation["summary"],
            }
            for operation in operations
        }

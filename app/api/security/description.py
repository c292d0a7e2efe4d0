"""What the OpenAPI description says about keys: for *Authorize* in Swagger UI, and the answers to who may not."""

from typing import Any

from app.api.problem_details import declared
from app.api.security.access import COOKIE
from app.api.security.addresses import is_open
from app.api.security.link_tokens import PARAMETER, opens
from app.schemas.problem_kinds import CROSS_SITE_REQUEST, HOST_NOT_ALLOWED, KEY_NEEDED, SCOPE_MISSING

_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, where the service has any."},
    "link": {
        "type": "apiKey",
        "in": "query",
        "name": PARAMETER,
        "description": "The token of a link, which reads one fit. It is taken in the header Authorization too.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "What `POST /session` sets."},
}
_OF_ALL = declared(CROSS_SITE_REQUEST, HOST_NOT_ALLOWED)
_OF_KEYS = declared(KEY_NEEDED, SCOPE_MISSING, CROSS_SITE_REQUEST, HOST_NOT_ALLOWED)


def put_security(description: dict[str, Any]) -> None:
    """Say of every operation whether a key is for it, and how it is refused."""
    description["components"]["securitySchemes"] = _SCHEMES
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            answers = _OF_ALL if is_open(path) else _OF_KEYS
            operation["responses"] |= {str(status): answer for status, answer in answers.items()}
            if not is_open(path):
                # A service without keys asks for none.
                names = [
                    name
                    for name in _SCHEMES
                    if name != "link" or opens(method.upper(), path, b"fit={fit_id}", "{fit_id}")
                ]
                operation["security"] = [{name: []} for name in names] + [{}]

"""Every kind of problem that the service answers with: one table for documents, pages and the OpenAPI description."""

from app.schemas.problem_kinds.kind import PROBLEMS_PATH, ProblemKind
from app.schemas.problem_kinds.of_callers import (
    CROSS_SITE_REQUEST,
    HOST_NOT_ALLOWED,
    KEY_NEEDED,
    SCOPE_MISSING,
)
from app.schemas.problem_kinds.of_fits import (
    CURVE_NOT_FOUND,
    FIT_ENDED,
    FIT_EXPIRED,
    FIT_NOT_ENDED,
    FIT_NOT_FOUND,
    IDEMPOTENCY_CONFLICT,
    MODEL_NOT_FOUND,
    NO_MEASURED_DATA,
    NO_RESULT,
    QUEUE_FULL,
    TOO_MANY_LABELS,
)
from app.schemas.problem_kinds.of_requests import (
    ADDRESS_NOT_FOUND,
    BODY_TOO_LARGE,
    CALCULATION_TOO_LARGE,
    INVALID_FIELDS,
    INVALID_REQUEST,
    INVALID_UPLOAD,
    MALFORMED_BODY,
    METHOD_NOT_ALLOWED,
    REQUEST_TOO_SLOW,
    UNSUPPORTED_MEDIA_TYPE,
)
from app.schemas.problem_kinds.of_service import (
    CALCULATION_STOPPED,
    DATABASE_UNAVAILABLE,
    FIT_DAMAGED,
    INTERNAL_ERROR,
    SERVICE_STOPPING,
    STORAGE_FULL,
    TOO_MANY_CONNECTIONS,
    TOO_MANY_STREAMS,
    TOO_MUCH_IN_FLIGHT,
)

PROBLEM_KINDS = {kind.slug: kind for kind in list(globals().values()) if isinstance(kind, ProblemKind)}
"""All kinds of problems by their slugs."""

__all__ = [
    "ADDRESS_NOT_FOUND",
    "BODY_TOO_LARGE",
    "CALCULATION_STOPPED",
    "CALCULATION_TOO_LARGE",
    "CROSS_SITE_REQUEST",
    "CURVE_NOT_FOUND",
    "DATABASE_UNAVAILABLE",
    "FIT_DAMAGED",
    "FIT_ENDED",
    "FIT_EXPIRED",
    "FIT_NOT_ENDED",
    "FIT_NOT_FOUND",
    "HOST_NOT_ALLOWED",
    "IDEMPOTENCY_CONFLICT",
    "INTERNAL_ERROR",
    "INVALID_FIELDS",
    "INVALID_REQUEST",
    "INVALID_UPLOAD",
    "KEY_NEEDED",
    "MALFORMED_BODY",
    "METHOD_NOT_ALLOWED",
    "MODEL_NOT_FOUND",
    "NO_MEASURED_DATA",
    "NO_RESULT",
    "PROBLEMS_PATH",
    "PROBLEM_KINDS",
    "QUEUE_FULL",
    "REQUEST_TOO_SLOW",
    "SCOPE_MISSING",
    "SERVICE_STOPPING",
    "STORAGE_FULL",
    "TOO_MANY_CONNECTIONS",
    "TOO_MANY_LABELS",
    "TOO_MANY_STREAMS",
    "TOO_MUCH_IN_FLIGHT",
    "UNSUPPORTED_MEDIA_TYPE",
    "ProblemKind",
]

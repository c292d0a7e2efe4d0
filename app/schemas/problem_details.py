"""Errors on the wire: problem details as in RFC 9457."""

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"

MOST_ERRORS = 10
"""Most fields that an answer names."""


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    pointer: str | None = Field(None, description="JSON pointer (RFC 6901, as URI fragment) to the field of the body.")
    parameter: str | None = Field(None, description="Name of the query, path or header parameter.")
    detail: str = Field(description="What is wrong and what to do.")
    position: int | None = Field(
        None,
        description=(
            "In a formula: offset of the character that the error is about, from 0; the formula's length, where "
            "something is missing at its end."
        ),
    )


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(
        description=(
            "Kind of problem, for programs: a path without host and without the path of a proxy, which never changes. "
            "The service has a page there that explains the kind; `GET /problems` lists all."
        ),
        examples=["/problems/fit-not-found"],
    )
    title: str = Field(description="The kind in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What happened and what to do.")
    errors: list[FieldProblem] | None = Field(
        None, description=f"The fields concerned, the first {MOST_ERRORS} of them."
    )

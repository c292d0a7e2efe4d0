"""Errors on the wire: problem details as in RFC 9457."""

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    pointer: str | None = Field(None, description="JSON pointer (RFC 6901, as URI fragment) to the field of the body.")
    parameter: str | None = Field(None, description="Name of the query, path or header parameter.")
    detail: str = Field(description="What is wrong and what to do.")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field("about:blank", description="Kind of problem.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What happened and what to do.")
    errors: list[FieldProblem] | None = Field(None, description="The fields concerned, the first 20 of them.")

"""The OpenAPI document that is committed, and what of a change to it breaks clients.

`python -m tests.helpers.openapi` writes tests/openapi.json anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.main import create_app

COMMITTED = Path(__file__).parent.parent / "openapi.json"
"""What was promised when it was written last, by `python -m tests.helpers.openapi`: at each end of a piece of work."""
RELEASED = COMMITTED.with_name("openapi-b25c7f0.json")
"""What the clients of the last release know."""

Schema = dict[str, Any]


def document() -> Schema:
    """Return the document as the service makes it now."""
    made: Schema = create_app().openapi()
    return made


def written(made: Schema) -> str:
    """Return a document as it is committed: in the order in which FastAPI makes it, a line for each value."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def breaking_lines(old: Schema, new: Schema) -> dict[str, str]:
    """Return what a client of the old document would miss in the new one: what is missing, by its subject.

    A subject is an operation, `GET /fit`, a parameter or body of one, or a field of a schema, `Fit.status`. Schemas are
    found from the operations, so that one with another name or place is the same as long as it holds the same.
    """
    lines: dict[str, str] = {}
    for name, operation in _operations(old).items():
        changed = _operations(new).get(name)
        if changed is None:
            lines[name] = "the operation is removed"
        else:
            lines.update(_Comparison(old, new).of_operations(name, operation, changed))
    return lines


def _operations(description: Schema) -> dict[str, Schema]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in description.get("paths", {}).items()
        for method, operation in methods.items()
    }


class _Comparison:
    """One walk through two documents side by side."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[str, str, bool]] = set()

    def of_operations(self, name: str, old: Schema, new: Schema) -> Iterator[tuple[str, str]]:
        yield from self._parameters(name, old, new)
        if "requestBody" in old:
            yield from self._contents(f"{name} body", old["requestBody"], new.get("requestBody", {}), asked=True)
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{name} {status}", "the answer is removed"
            else:
                yield from self._contents(f"{name} {status}", answer, new["responses"][status], asked=False)

    def _parameters(self, name: str, old: Schema, new: Schema) -> Iterator[tuple[str, str]]:
        before, after = (
            {parameter["name"]: parameter for parameter in operation.get("parameters", [])} for operation in (old, new)
        )
        for removed in before.keys() - after.keys():
            yield f"{name} {removed}", "the parameter is removed"
        for parameter, declared in after.items():
            was = before.get(parameter, {})
            if declared.get("required") and not was.get("required"):
                yield f"{name} {parameter}", "the parameter is required now"
            if was:
                yield from self._schemas(f"{name} {parameter}", was["schema"], declared["schema"], asked=True)

    def _contents(self, subject: str, old: Schema, new: Schema, *, asked: bool) -> Iterator[tuple[str, str]]:
        for media_type, content in old.get("content", {}).items():
            if media_type not in new.get("content", {}):
                yield f"{subject} {media_type}", "the media type is removed"
            else:
                changed = new["content"][media_type]
                yield from self._schemas(subject, content.get("schema", {}), changed.get("schema", {}), asked=asked)

    def _schemas(self, subject: str, old: Schema, new: Schema, *, asked: bool) -> Iterator[tuple[str, str]]:
        if "$ref" in old:
            pair = (old["$ref"], new.get("$ref", subject), asked)
            if pair in self.seen:
                return
            self.seen.add(pair)
            subject = old["$ref"].rpartition("/")[2]
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        if removed := _types(self.old, old) - _types(self.new, new):
            yield subject, f"the type is no longer {', '.join(sorted(removed))}"
        if removed := _values(self.old, old) - _values(self.new, new):
            yield subject, f"the values are no longer {', '.join(sorted(removed))}"
        for before, after in _pairs(self.old, self.new, old, new):
            yield from self._objects(subject, before, after, asked=asked)

    def _objects(self, subject: str, old: Schema, new: Schema, *, asked: bool) -> Iterator[tuple[str, str]]:
        name = old.get("title", subject) if "properties" in old else subject
        before, after = old.get("properties", {}), new.get("properties", {})
        for field in before:
            if field not in after:
                yield f"{name}.{field}", "the field is removed"
            else:
                yield from self._schemas(f"{name}.{field}", before[field], after[field], asked=asked)
        if asked:
            for field in set(new.get("required", ())) - set(old.get("required", ())):
                yield f"{name}.{field}", "the field is required now"
        for inner in ("items", "additionalProperties"):
            if isinstance(old.get(inner), dict) and isinstance(new.get(inner), dict):
                yield from self._schemas(subject, old[inner], new[inner], asked=asked)


def _resolved(description: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _variants(description: Schema, schema: Schema) -> list[Schema]:
    """Return what a value may be, one schema for each, however deep the unions are."""
    schema = _resolved(description, schema)
    members = [member for name in ("anyOf", "oneOf", "allOf") for member in schema.get(name, ())]
    return [variant for member in members for variant in _variants(description, member)] if members else [schema]


def _types(description: Schema, schema: Schema) -> set[str]:
    return {variant["type"] for variant in _variants(description, schema) if "type" in variant}


def _values(description: Schema, schema: Schema) -> set[str]:
    variants = _variants(description, schema)
    named = [value for variant in variants for value in variant.get("enum", ())]
    return {str(value) for value in [*named, *(variant["const"] for variant in variants if "const" in variant)]}


def _pairs(old_document: Schema, new_document: Schema, old: Schema, new: Schema) -> Iterator[tuple[Schema, Schema]]:
    """Yield the variants that have something inside, each with the one that takes its place."""
    after = _variants(new_document, new)
    for before in _variants(old_document, old):
        same_type = [variant for variant in after if variant.get("type") == before.get("type")]
        if same_type and before.get("type") in ("object", "array"):
            shape = _shape(old_document, before)
            yield before, max(same_type, key=lambda variant: len(shape & _shape(new_document, variant)))


def _shape(description: Schema, schema: Schema) -> set[str]:
    """Return what tells a variant from the others of a union: its title, its fields, the types of what is inside."""
    inside = [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    types = {kind for inner in inside for kind in _types(description, inner)}
    return {f"title {schema.get('title')}"} | set(schema.get("properties", ())) | {f"of {kind}" for kind in types}


def main() -> None:
    """Write the committed document anew."""
    COMMITTED.write_text(written(document()))


if __name__ == "__main__":
    main()

"""What older versions stored and answered, kept as files in `tests/fixtures`."""

import gzip
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parents[1] / "fixtures"
ROUNDING = 1e-7
"""Relative difference that another processor, or another order of summing, may make."""
ROUNDING_OF_FLOAT32 = 1e-5
"""The same for a training in float32."""


def database_of_b25c7f0() -> bytes:
    """Return the SQLite file of commit b25c7f0."""
    return gzip.decompress((FIXTURES / "b25c7f0.db.gz").read_bytes())


def answers_of_b25c7f0() -> dict[str, Any]:
    """Return what the service of b25c7f0 answered about that file, and how unfinished fits end undisturbed."""
    answers: dict[str, Any] = json.loads(gzip.decompress((FIXTURES / "b25c7f0.json.gz").read_bytes()))
    return answers


def older_rows() -> list[dict[str, Any]]:
    """Return rows of the table as eleven older commits wrote them, with what these answered."""
    rows: list[dict[str, Any]] = json.loads(gzip.decompress((FIXTURES / "old_rows.json.gz").read_bytes()))
    return rows


def differences(answer: Any, before: Any, place: str = "", rounding: float = ROUNDING) -> Iterator[str]:
    """Yield where an answer differs from an earlier one by more than rounding; further fields are no difference."""
    if isinstance(before, Mapping) and isinstance(answer, Mapping):
        for name, value in before.items():
            if name not in answer:
                yield f"{place}/{name} is gone"
            else:
                yield from differences(answer[name], value, f"{place}/{name}", rounding)
    elif isinstance(before, list) and isinstance(answer, list) and len(before) == len(answer):
        for index, value in enumerate(before):
            yield from differences(answer[index], value, f"{place}/{index}", rounding)
    elif isinstance(before, float) and isinstance(answer, int | float):
        if not math.isclose(answer, before, rel_tol=rounding, abs_tol=1e-12):
            yield f"{place}: {answer!r} instead of {before!r}"
    elif answer != before:
        yield f"{place}: {str(answer)[:100]} instead of {str(before)[:100]}"

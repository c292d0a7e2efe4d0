"""Which of many examples each run of the tests tries, and which only the long form does."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(number: int, examples: Iterable[Any]) -> list[Any]:
    """Return all examples; the first and each `number`-th after it are always run, the others are marked as long.

    An example that is a tuple has values of several parameters.
    """
    return [
        pytest.param(
            *(example if isinstance(example, tuple) else [example]), marks=[pytest.mark.long] if place % number else []
        )
        for place, example in enumerate(examples)
    ]

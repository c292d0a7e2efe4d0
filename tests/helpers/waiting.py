"""Waiting for a state, however long a busy machine takes."""

import os
import time
from collections.abc import Callable

PATIENCE = int(os.environ.get("FIT_TEST_PATIENCE", "600"))
"""Seconds after which a test gives up: it only ends a test whose state will never come."""


def wait_until(condition: Callable[[], object], what: Callable[[], str]) -> None:
    """Wait until a condition holds; fail with what was waited for."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for: {what()}"
        time.sleep(0.05)

"""What a test does that needs more rights than it may have."""

import os
from typing import NoReturn

import pytest


def give_up_without_root(why: str) -> NoReturn:
    """Skip the test, or fail it where all tests must run."""
    give_up = pytest.fail if "FIT_TEST_REQUIRE_ROOT" in os.environ else pytest.skip
    give_up(why)

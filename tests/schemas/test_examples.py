"""The worked examples of Swagger UI are requests that the service takes."""

import pytest

from app.schemas.examples import FIT_EXAMPLES
from tests.helpers.trained_fits import submitted


@pytest.mark.parametrize("name", FIT_EXAMPLES)
def test_an_example_can_be_carried_out(name: str) -> None:
    assert submitted(FIT_EXAMPLES[name]["value"]).fit.model
    assert FIT_EXAMPLES[name]["summary"]


def test_the_tutorial_in_full_is_the_tutorial() -> None:
    full, empty = (submitted(FIT_EXAMPLES[name]["value"]).fit for name in ("tutorial_in_full", "tutorial"))
    assert full == empty

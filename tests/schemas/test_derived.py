"""Which quantities may be asked for."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.derived import Area, DeriveRequest


def test_a_quantity_is_a_formula_or_an_area() -> None:
    read = DeriveRequest.model_validate({"quantities": {"half_life": "log(2)/k", "area": {"integral": [0, 1]}}})
    assert read.quantities == {"half_life": "log(2)/k", "area": Area(integral=[0, 1])}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"quantities": {}},
        {"quantities": {"q": 1}},
        {"quantities": {"1q": "a"}},
        {"quantities": {"q": "a" * 2001}},
        {"quantities": {"q": {"integral": [1, 0]}}},
        {"quantities": {"q": {"integral": [1]}}},
        {"quantities": {"q": {}}},
        {"quantities": {f"q{number}": "a" for number in range(51)}},
        {"quantities": {"q": "a"}, "level": 0},
        {"quantities": {"q": "a"}, "curves": []},
        {"quantities": {"q": "a"}, "curves": [-1]},
        {"quantities": {"q": "a"}, "limit": 1001},
        {"quantities": {"q": "a"}, "after": -2},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DeriveRequest.model_validate(wrong)

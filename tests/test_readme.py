"""What the README says is so."""

import re
from pathlib import Path

import pytest

from app.fitting.formulas.functions import FUNCTIONS
from app.settings import Settings

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture(scope="module")
def readme() -> str:
    return README.read_text()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default_and_meaning(readme: str, name: str) -> None:
    field = Settings.model_fields[name]
    row = re.search(rf"^\| `FIT_{name.upper()}` \| (.*?) \| (.*) \|$", readme, re.MULTILINE)
    assert row is not None
    default = "one per core" if name == "workers" else str(field.default) or "empty"
    assert row[1] == default
    assert row[2] == (field.description or "").removesuffix(" Default: one per core.")


def test_no_setting_is_documented_that_is_none(readme: str) -> None:
    documented = {name.lower() for name in re.findall(r"^\| `FIT_(\w+)`", readme, re.MULTILINE)}
    assert documented == set(Settings.model_fields)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_documented(readme: str, name: str) -> None:
    arguments = f"({', '.join(FUNCTIONS[name].arguments)})" if FUNCTIONS[name].constants else ""
    assert f"`{name}{arguments}`" in readme

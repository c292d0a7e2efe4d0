"""What the README says is so."""

import re
from pathlib import Path

import pytest

from app.fitting.formulas.functions import FUNCTIONS
from app.fitting.optimizers import OPTIMIZERS
from app.fitting.programs.coverage import coverage
from app.main import create_app
from app.schemas.status import Reason, Status
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
    default = "one per core" if name == "workers" else "empty" if field.default in ("", None) else str(field.default)
    assert row[1] == default
    assert row[2] == (field.description or "").removesuffix(" Default: one per core.")


def test_no_setting_is_documented_that_is_none(readme: str) -> None:
    documented = {name.lower() for name in re.findall(r"^\| `FIT_(\w+)`", readme, re.MULTILINE)}
    assert documented == set(Settings.model_fields)


def test_what_programs_train_is_documented(readme: str) -> None:
    table = readme.partition("<!-- coverage -->")[2].partition("<!-- end of coverage -->")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]
    assert rows[0] == ["", *OPTIMIZERS]
    assert rows[2:] == [[task, *ways] for task, ways in coverage()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_documented(readme: str, name: str) -> None:
    arguments = f"({', '.join(FUNCTIONS[name].arguments)})" if FUNCTIONS[name].constants else ""
    assert f"`{name}{arguments}`" in readme


@pytest.mark.parametrize("word", [*Status, *Reason])
def test_every_status_and_reason_is_documented_with_its_sentence(readme: str, word: Status | Reason) -> None:
    assert f"| `{word}` | {word.sentence} |" in readme


def changes(readme: str) -> list[str]:
    """Return what the README says must be touched, an entry for each kind of change."""
    section = readme.partition("<!-- changes -->")[2].partition("<!-- end of changes -->")[0]
    return [entry.replace("\n  ", " ") for entry in section.strip().split("\n- ")]


@pytest.mark.parametrize(
    "kind",
    [
        "An optimizer",
        "A loss",
        "A model of the library",
        "A function of formulas",
        "An endpoint",
        "A statistic",
        "A setting",
    ],
)
def test_the_readme_says_how_each_kind_of_thing_is_added(readme: str, kind: str) -> None:
    assert [entry for entry in changes(readme) if entry.removeprefix("- ").startswith(f"**{kind}**:")]


def test_what_the_readme_says_must_be_touched_is_there(readme: str) -> None:
    paths = [path for entry in changes(readme) for path in re.findall(r"`((?:app|tests)/[\w/.]+)`", entry)]
    assert len(paths) > 20
    assert [path for path in paths if not (README.parent / path.replace("NAME", "adam")).exists()] == []


def test_every_folder_of_the_service_is_in_the_readme(readme: str) -> None:
    tree = readme.partition("## Where things are")[2].partition("## Change it")[0]
    folders = {path.parent.name for path in (README.parent / "app").rglob("__init__.py")} - {
        "app",
        "migrations",
        "versions",
    }
    assert [name for name in sorted(folders) if f"{name}/" not in tree] == []


def test_every_operation_is_in_the_table(readme: str) -> None:
    table = readme.partition("## Use it")[2].partition("**Target**")[0]
    operations = [
        f"{method.upper()} {path.replace('{fit_id}', '{id}')}"
        for path, methods in create_app().openapi()["paths"].items()
        for method in methods
    ]
    assert [
        operation for operation in operations if f"`{operation}`" not in table and f"`{operation}?" not in table
    ] == []

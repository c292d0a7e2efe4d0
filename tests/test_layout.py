"""The tests are laid out as the service is: whoever changes a module finds what holds it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
APP = TESTS.parent / "app"
MODULES = [path for path in sorted(TESTS.rglob("*.py")) if path.name != "__init__.py"]
MIRRORED = [
    path for floor in ("api", "fitting", "jobs", "schemas") for path in sorted((TESTS / floor).rglob("test_*.py"))
]
APART = ("references",)
"""Folders inside the mirror that hold answers of other programs, and what compares ours with them."""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_of_the_tests_only_helpers_are_imported(path: Path) -> None:
    allowed = ("tests.helpers.", "tests.benchmarks.") if "benchmarks" in path.parts else ("tests.helpers.",)
    others = [name for name in imports_of(path) if name.startswith("tests.") and not name.startswith(allowed)]
    assert others == [], "what several tests need belongs to tests/helpers"


@pytest.mark.parametrize("path", MIRRORED, ids=name_of)
def test_a_test_module_is_named_after_the_module_or_the_folder_that_it_tests(path: Path) -> None:
    if path.parent.name in APART:
        return
    folder = APP / path.parent.relative_to(TESTS)
    assert folder.is_dir(), f"there is no {folder.relative_to(APP.parent)}: move the test module"
    subjects = [module.stem for module in folder.glob("*.py") if module.name != "__init__.py"] + [folder.name]
    tested = path.stem.removeprefix("test_")
    assert any(tested == subject or tested.startswith(f"{subject}_") for subject in subjects), (
        f"{folder.relative_to(APP.parent)} has no module that {path.name} tests: rename the test module"
    )

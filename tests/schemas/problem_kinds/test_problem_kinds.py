"""The table of problem kinds."""

import re

import pytest

from app.schemas import problem_kinds
from app.schemas.problem_kinds import PROBLEM_KINDS, ProblemKind


def test_every_kind_is_in_the_table_under_a_slug_of_its_own() -> None:
    kinds = [value for value in vars(problem_kinds).values() if isinstance(value, ProblemKind)]
    assert list(PROBLEM_KINDS.values()) == kinds


@pytest.mark.parametrize("kind", PROBLEM_KINDS.values(), ids=PROBLEM_KINDS)
def test_a_kind_is_explained_in_sentences(kind: ProblemKind) -> None:
    assert kind.meaning.endswith(".")
    assert kind.remedy.endswith(".")
    assert kind.title
    assert kind.detail


@pytest.mark.parametrize("kind", PROBLEM_KINDS.values(), ids=PROBLEM_KINDS)
def test_a_type_is_a_path_without_host(kind: ProblemKind) -> None:
    assert re.fullmatch(r"/problems/[a-z]+(-[a-z]+)*", kind.type)

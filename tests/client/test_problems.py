"""Errors of the service are errors of Python, a class for each kind."""

import json
from inspect import cleandoc

import httpx
import pytest
from fit_service_client import Client, FitServiceError, ProblemError
from fit_service_client.exchanges import Response
from fit_service_client.problems import PROBLEMS, InvalidFieldsError, InvalidRequestError
from fit_service_client.sending import problem_of

from app.schemas.problem_kinds import PROBLEM_KINDS, ProblemKind
from tests.helpers.client_problems import COMMITTED, class_name, written
from tests.helpers.measured import X, Y


@pytest.mark.parametrize("kind", PROBLEM_KINDS.values(), ids=PROBLEM_KINDS)
def test_every_kind_of_problem_of_the_service_is_a_class(kind: ProblemKind) -> None:
    raised = PROBLEMS[kind.type]
    assert raised.__name__ == class_name(kind)
    assert " ".join(cleandoc(raised.__doc__ or "").split()) == f"{kind.title} ({kind.status}). {kind.remedy}"


def test_the_classes_are_those_that_their_helper_writes() -> None:
    assert COMMITTED.read_text() == written(), "python -m tests.helpers.client_problems writes them anew"


def test_an_error_says_kind_status_and_each_field_with_what_to_do(connected: Client) -> None:
    with pytest.raises(InvalidFieldsError, match=r"#/target/y: 3 numbers, but x has 30") as raised:
        connected.fit(X, Y[:3], "a * x")
    problem = raised.value
    assert (problem.status, problem.type) == (422, "/problems/invalid-fields")
    assert [(error.pointer, error.detail) for error in problem.errors] == [("#/target/y", "3 numbers, but x has 30")]
    assert problem.request_id is not None
    assert isinstance(problem, ProblemError)
    assert isinstance(problem, FitServiceError)


def test_a_formula_that_can_not_be_fitted_is_told_at_its_field(connected: Client) -> None:
    with pytest.raises(InvalidRequestError, match="#/model"):
        connected.fit(X, Y, "a * t")


def test_what_a_newer_service_says_besides_is_left_out() -> None:
    error = {"pointer": "#/model", "detail": "what is wrong", "colour": "red"}
    document = {"type": "/problems/new", "status": 418, "title": "New", "detail": "of today", "errors": [error]}
    response = Response(418, httpx.Headers({"Content-Type": "application/problem+json"}), json.dumps(document).encode())
    problem = problem_of(response)
    assert (type(problem), problem.status) == (ProblemError, 418)
    assert str(problem) == "New: of today\n#/model: what is wrong"

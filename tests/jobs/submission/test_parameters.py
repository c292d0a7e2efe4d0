"""Which parameters are searched for, and which start somewhere known."""

from typing import Any

import pytest

from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START
from tests.helpers.trained_fits import submitted

DATA = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 10]}
DECAY = {"target": DATA, "model": "a * exp(b * x)"}


def starts(body: dict[str, Any]) -> dict[str, Any]:
    return {name: parameter.start for name, parameter in submitted(body).fit.parameters.items()}


@pytest.mark.parametrize("optimizer", [None, "levenberg_marquardt", "lbfgs"])
def test_what_is_left_out_is_searched_for_where_the_optimizer_ends_at_a_minimum(optimizer: str | None) -> None:
    hyperparameters = {} if optimizer is None else {"hyperparameters": {"optimizer": optimizer}}
    assert starts(DECAY | hyperparameters) == {"a": "auto", "b": "auto"}


def test_a_start_that_is_given_stays() -> None:
    assert starts(DECAY | {"parameters": {"b": 0.5}}) == {"a": "auto", "b": 0.5}
    assert starts(DECAY | {"parameters": {"b": {"lower": 0}}}) == {"a": "auto", "b": "auto"}


@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_with_cheap_steps_what_is_left_out_starts_at_1_and_the_answer_says_so(optimizer: str) -> None:
    body = DECAY | {"hyperparameters": {"optimizer": optimizer}}
    assert starts(body) == {"a": 1, "b": 1}
    (warning,) = submitted(body).fit.warnings
    assert "left out start at 1 (a, b)" in warning
    given = body | {"parameters": {"a": 1, "b": 1}}
    assert submitted(given).fit.warnings == []


def test_with_cheap_steps_all_are_searched_for_where_that_is_asked_for() -> None:
    body = DECAY | {"hyperparameters": {"optimizer": "adam"}, "parameters": "auto"}
    assert starts(body) == {"a": "auto", "b": "auto"}


def test_the_tutorial_keeps_its_start() -> None:
    assert starts({}) == starts({"target": DATA, "model": TUTORIAL_MODEL}) == TUTORIAL_START
    assert submitted({}).fit.warnings == []


@pytest.mark.parametrize("more", [{}, {"loss": "huber"}, {"hyperparameters": {"optimizer": "levenberg_marquardt"}}])
def test_a_linear_model_needs_no_search(more: dict[str, Any]) -> None:
    assert starts({"target": DATA, "model": "a + b * x"} | more) == {"a": 1, "b": 1}


def test_a_linear_model_of_counts_is_searched_for() -> None:
    assert starts({"target": DATA, "model": "a + b * x", "loss": "poisson"}) == {"a": "auto", "b": "auto"}

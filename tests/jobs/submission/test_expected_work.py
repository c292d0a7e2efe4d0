"""The work that a fit will be, guessed from its request."""

from typing import Any

import pytest

from tests.helpers.trained_fits import submitted

TINY = {
    "target": {"x": [1, 2, 3, 4, 5], "y": [1.1, 1.9, 3.2, 3.8, 5.1]},
    "model": "a * exp(b * x)",
    "parameters": {"a": 1, "b": 1},
}
A_HANDFUL = 0.05


def expected(**changes: Any) -> float:
    seconds = submitted(TINY | changes).expected_seconds
    assert seconds is not None
    return seconds


def test_a_few_points_are_a_small_part_of_a_handful() -> None:
    assert 0 < expected() < A_HANDFUL / 10
    assert 0 < expected(model="a + b * x") < A_HANDFUL / 10


def test_the_tutorial_is_a_small_part_of_a_handful_because_few_points_stand_for_all() -> None:
    assert (submitted({}).expected_seconds or 0) < A_HANDFUL / 10
    whole = submitted({"hyperparameters": {"learning_rate": 5e-6, "compression": False}})
    assert (whole.expected_seconds or 0) > (submitted({}).expected_seconds or 0)


@pytest.mark.parametrize(
    "more",
    [
        {"target": {"points": 1_000_000}},
        {"hyperparameters": {"optimizer": "adam", "steps": 10_000_000}},
        {"confidence": {"profile": True}},
        {"model": {"series": "legendre", "degree": "auto"}, "parameters": {}},
        {"target": {"x": [1, 2, 3], "y": [[1, 2, 3]] * 20}},
    ],
    ids=["points", "steps", "profile", "degree", "curves"],
)
def test_much_work_is_more_than_a_handful(more: dict[str, Any]) -> None:
    assert expected(**more) > A_HANDFUL


def test_a_search_is_more_work_than_a_fit_from_given_start_values() -> None:
    assert expected() < expected(parameters={}) < A_HANDFUL


def test_start_values_of_the_library_are_guessed_and_not_searched_for() -> None:
    one, several = (
        expected(target={"x": [1, 2, 3], "y": [3, 2, 1]}, model=model, parameters={})
        for model in ("exponential_decay", "exponential_decay + linear")
    )
    assert one < several
    assert one < A_HANDFUL


def test_more_parameters_are_more_work() -> None:
    many = {"target": {"points": 10_000}}
    assert expected(**many, model="a * exp(b * x)") < expected(**many, model="a * exp(b * x) + c * exp(d * x)")

"""A model at its start values, before anything is fitted."""

from typing import Any

import pytest

from app.jobs.errors import InvalidRequestError
from app.jobs.views.of_starts import evaluation_of, needs_search
from app.schemas.request import FitRequest
from app.schemas.view import Evaluation
from app.settings import Settings

X, Y = [0.5, 1.0, 2.0, 4.0, 8.0], [1.1, 1.9, 3.2, 4.5, 5.4]
MODEL = "top * (1 - exp(-rate * x))"


def evaluated(**body: Any) -> Evaluation:
    request = FitRequest.model_validate({"target": {"x": X, "y": Y}, **body})
    return Evaluation.model_validate(evaluation_of(request, Settings(), ["cpu"]))


def test_given_start_values_draw_the_curve() -> None:
    found = evaluated(model="a + b * x + c * x^2 * exp(-x)", parameters={"a": 1, "b": 2, "c": 0})
    assert found.start == {"a": 1, "b": 2, "c": 0}
    assert found.line is not None
    assert (found.line.x[0], found.line.y[0]) == (0.5, 2.0)
    assert found.points.residuals == pytest.approx([y - 1 - 2 * x for x, y in zip(X, Y, strict=True)])


def test_start_values_that_are_left_out_are_found() -> None:
    found = evaluated(model=MODEL)
    assert found.start == pytest.approx({"top": 5.57, "rate": 0.422}, rel=0.2)


def test_a_model_that_is_solved_for_needs_no_start() -> None:
    found = evaluated(model="linear")
    assert (found.line, found.start) == (None, {"intercept": None, "slope": None})
    assert found.message
    assert evaluated(model="linear", parameters={"intercept": 0.0, "slope": 1.0}).line is not None


def test_a_series_whose_degree_is_open_shows_its_points() -> None:
    found = evaluated(model={"series": "legendre", "degree": "auto"})
    assert (found.line, found.points.y) == (None, Y)


def test_of_many_curves_the_first_with_points_is_shown() -> None:
    found = evaluated(target={"x": X, "y": [[None] * 5, Y], "missing": "omit"}, model=MODEL)
    assert found.points.y == Y


def test_a_start_without_a_value_is_told_at_the_model() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        evaluated(model="log(a - 1e9 - x^2)", parameters={"b": 1})
    assert caught.value.wrong


@pytest.mark.parametrize(
    ("parameters", "is_needed"),
    [({}, True), ("auto", True), ({"a": "auto"}, True), ({"a": 1, "b": {"start": 2}}, False)],
)
def test_only_values_that_are_left_out_need_a_search(parameters: Any, is_needed: bool) -> None:
    assert needs_search(FitRequest.model_validate({"parameters": parameters})) is is_needed

"""What a request left open is filled in, and what can't be carried out is refused with every field that is wrong."""

from typing import Any

import pytest

from app.jobs.data.columns import StoredData
from app.jobs.errors import InvalidRequestError
from app.jobs.submission.resolve import resolve
from app.schemas.request import FitRequest
from app.settings import Settings
from tests.helpers.trained_fits import submitted

DATA = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}


def wrong_fields(body: dict[str, Any], **settings: Any) -> set[tuple[str | int, ...]]:
    with pytest.raises(InvalidRequestError) as caught:
        resolve(FitRequest.model_validate(body), Settings(**settings), ["cpu"])
    return {wrong.path for wrong in caught.value.wrong}


def optimizer_of(body: dict[str, Any]) -> str:
    return submitted(body).fit.hyperparameters.optimizer


def test_the_optimizer_follows_from_the_model() -> None:
    assert optimizer_of({}) == "gradient_descent"
    assert optimizer_of({"target": DATA, "model": "a + b * x"}) == "least_squares"
    assert optimizer_of({"target": DATA, "model": "a * exp(b * x)"}) == "levenberg_marquardt"
    bounded = {"target": DATA, "model": "a + b * x", "parameters": {"a": {"lower": 0}}}
    assert optimizer_of(bounded) == "levenberg_marquardt"
    assert optimizer_of({"target": DATA, "model": "a + b * x", "loss": "huber"}) == "levenberg_marquardt"


def test_every_parameter_gets_a_start() -> None:
    starts = submitted({"target": DATA, "model": "a + b * x", "parameters": {"b": 3}}).fit.parameters
    assert {name: parameter.start for name, parameter in starts.items()} == {"a": 1, "b": 3}
    guessed = submitted({"target": DATA, "model": {"name": "exponential_decay"}}).fit.parameters
    assert {parameter.start for parameter in guessed.values()} == {"auto"}


def test_data_are_columns_beside_the_request() -> None:
    submission = submitted({"target": DATA, "model": "a + b * x", "metadata": {"plate": "7"}})
    assert {name: list(numbers) for name, numbers in submission.arrays.items()} == {"x.x": DATA["x"], "y.y": DATA["y"]}
    assert submission.fit.target == StoredData(4, ("x",), False, None, False, None, None, "refuse")
    assert submission.metadata == {"plate": "7"}


def test_an_automatic_degree_leaves_the_formula_open() -> None:
    series = {"series": "legendre", "degree": "auto"}
    assert submitted({"target": DATA, "model": series}).fit.formula is None


def test_everything_that_is_wrong_is_told_at_once() -> None:
    body = {"device": "tpu", "hyperparameters": {"steps": 50}, "target": {"points": 1000}}
    assert wrong_fields(body, max_steps=10, max_points=100) == {
        ("device",),
        ("hyperparameters", "steps"),
        ("target", "points"),
    }


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"parameters": {"z": 1}}, ("parameters", "z")),
        ({"model": "2 + x"}, ("model",)),
        ({"parameters": {"a": {"tied": "z"}}}, ("parameters", "a", "tied")),
        ({"target": DATA, "hyperparameters": {"optimizer": "least_squares"}}, ("hyperparameters", "optimizer")),
        ({"target": DATA, "model": "a * x", "parameters": {"a": {"shared": True}}}, ("parameters", "a", "shared")),
        ({"target": {"x": [1], "y": [-1]}, "model": "a * x", "loss": "poisson"}, ("target", "y")),
    ],
)
def test_what_does_not_fit_together_is_named(body: dict[str, Any], path: tuple[str, ...]) -> None:
    assert wrong_fields(body) == {path}

"""What `GET /optimizers`, `GET /losses` and `GET /functions` say, `POST /fit` does."""

from typing import Any

import httpx
import pytest

from app.fitting.formulas.functions import ALIASES, FUNCTIONS, SHORTHANDS
from app.fitting.optimizers import OPTIMIZERS
from app.fitting.problems.losses import LOSSES

TARGET = {"x": [1, 2, 3, 4, 5], "y": [2, 3, 5, 6, 8]}


def listed(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["object"] == "list"
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def described(client: httpx.Client, path: str, name: str) -> dict[str, Any]:
    return next(entry for entry in listed(client, path) if entry["name"] == name)


def posted(client: httpx.Client, **body: Any) -> httpx.Response:
    """Return a fit of a linear model: only whether it is accepted matters."""
    return client.post("/fit", json={"target": TARGET, "model": "a + b * x"} | body)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/optimizers", list(OPTIMIZERS)),
        ("/losses", list(LOSSES)),
        ("/functions", [name for name in FUNCTIONS if name not in ALIASES]),
    ],
)
def test_each_is_listed_once(client: httpx.Client, path: str, names: list[str]) -> None:
    assert [entry["name"] for entry in listed(client, path)] == names


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_hyperparameters_at_their_defaults_are_what_is_taken_if_they_are_left_out(
    client: httpx.Client, name: str
) -> None:
    told = described(client, "/optimizers", name)["hyperparameters"]
    given = {"optimizer": name} | {setting["name"]: setting["default"] for setting in told}
    spelled, left_out = posted(client, hyperparameters=given), posted(client, hyperparameters={"optimizer": name})
    assert (spelled.status_code, left_out.status_code) == (202, 202)
    assert spelled.json()["hyperparameters"] == left_out.json()["hyperparameters"]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_hyperparameter_beyond_its_limits_or_of_another_type_is_refused(client: httpx.Client, name: str) -> None:
    for setting in described(client, "/optimizers", name)["hyperparameters"]:
        wrong: list[Any] = ["1"]
        wrong += [setting[limit] for limit in ("greater_than", "less_than") if setting[limit] is not None]
        wrong += [] if setting["at_least"] is None else [setting["at_least"] - 1]
        wrong += [] if setting["at_most"] is None else [setting["at_most"] + 1]
        for value in wrong:
            refused = posted(client, hyperparameters={"optimizer": name, setting["name"]: value})
            assert refused.status_code == 422, (setting["name"], value)
            (error,) = refused.json()["errors"]
            assert error["pointer"] == f"#/hyperparameters/{setting['name']}"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_accepted_for_just_what_it_can_do(client: httpx.Client, name: str) -> None:
    told, chosen = described(client, "/optimizers", name), {"optimizer": name}
    curved = posted(client, hyperparameters=chosen, model="a * exp(-b * x)")
    bounded = posted(client, hyperparameters=chosen, parameters={"a": {"upper": 9}})
    many = {"x": [1, 2, 3], "y": [[2, 3, 5], [3, 4, 6]]}
    shared = posted(client, hyperparameters=chosen, target=many, parameters={"a": {"shared": True}})
    assert (curved.status_code == 202) == (not told["solves_directly"])
    assert (bounded.status_code == 202) == told["takes_bounds"]
    assert (shared.status_code == 202) == told["shares_parameters"]
    for loss in LOSSES:
        assert (posted(client, hyperparameters=chosen, loss=loss).status_code == 202) == (loss in told["losses"])


def test_an_optimizer_that_can_not_do_it_is_told_with_one_that_can(client: httpx.Client) -> None:
    refused = posted(client, hyperparameters={"optimizer": "least_squares"}, parameters={"a": {"upper": 9}})
    (error,) = refused.json()["errors"]
    assert error["pointer"] == "#/hyperparameters/optimizer"
    assert error["detail"] == "least_squares takes no bounds: take levenberg_marquardt"


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_takes_a_threshold_if_it_has_one(client: httpx.Client, name: str) -> None:
    told = described(client, "/losses", name)
    answer = posted(client, loss={"name": name, "threshold": 1.0})
    assert (answer.status_code == 202) == (told["tuning"] is not None)


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_takes_what_is_no_count_unless_it_is_one_of_counts(client: httpx.Client, name: str) -> None:
    told = described(client, "/losses", name)
    answer = posted(client, loss=name, target={"x": [1, 2, 3], "y": [2, -1, 3]})
    assert (answer.status_code == 422) == told["of_counts"]


def test_every_function_is_known_by_all_its_names(client: httpx.Client) -> None:
    numbers = {"n": "3", "lam": "0.5", "alpha": "0.5", "beta": "0.5"}
    functions = listed(client, "/functions")
    for function in functions:
        arguments = [numbers[name] if name in function["numbers"] else "x" for name in function["arguments"]]
        for name in (function["name"], *function["aliases"]):
            answer = posted(client, model=f"a * {name}({', '.join(arguments)})")
            assert answer.status_code == 202, (name, answer.text)
    assert {function["shorthand"] for function in functions} - {None} == set(SHORTHANDS)


def test_the_constants_are_told(client: httpx.Client) -> None:
    assert client.get("/functions").json()["constants"] == pytest.approx({"pi": 3.141592653589793, "e": 2.718281828459})

"""Rows that older commits wrote are read as if today's service had written them."""

from array import array
from dataclasses import asdict
from typing import Any

import pytest

from app.jobs.fit import upcast
from app.jobs.fit.problem import columns_of, problem_of
from app.jobs.fit.result import StoredResult
from app.jobs.fit.stored import StoredFit
from tests.helpers.older_versions import differences, older_rows

ROWS = [pytest.param(row, id=f"{row['commit']}: {row['what']}") for row in older_rows()]


@pytest.mark.parametrize("row", ROWS)
def test_a_request_says_what_it_said_then(row: dict[str, Any]) -> None:
    fit, presented = StoredFit.from_json(row["request"]), row["presented"]
    parameters = {name: parameter.model_dump() for name, parameter in fit.parameters.items()}
    assert list(differences(parameters, presented["parameters"])) == []
    assert list(differences(fit.hyperparameters.model_dump(), presented["hyperparameters"])) == []
    assert (fit.device, fit.dtype) == (presented["device"], presented["dtype"])
    target = presented["target"]
    y = target.get("y", [])
    points = sum(map(len, y)) if y and isinstance(y[0], list) else len(y)
    assert fit.target.points == (target.get("points") or points)


@pytest.mark.parametrize("row", ROWS)
def test_a_request_is_written_in_todays_form_and_read_again(row: dict[str, Any]) -> None:
    fit = StoredFit.from_json(row["request"])
    assert StoredFit.from_json(fit.to_json()) == fit


@pytest.mark.parametrize("row", [row for row in ROWS if row.values[0]["result"]])
def test_a_result_says_what_it_said_then(row: dict[str, Any]) -> None:
    result = StoredResult.from_json(row["result"], row["request"])
    assert list(differences(result.to_json(), row["result"])) == []
    assert result.to_json() == asdict(result)
    assert StoredResult.from_json(result.to_json(), row["request"]) == result


@pytest.mark.parametrize("row", [row for row in ROWS if row.values[0]["presented"]["model"]])
def test_a_request_still_poses_its_problem(row: dict[str, Any]) -> None:
    fit = StoredFit.from_json(row["request"])
    arrays = {upcast.array_name(name): array("d", numbers) for name, numbers in row["arrays"].items()}
    columns = columns_of(fit.target, arrays, fit.dtype).padded()
    model = fit.formula or row["result"]["model"]
    problem = problem_of(fit, columns, model)
    assert problem.loss(problem.start).shape == (fit.curves or 1,)

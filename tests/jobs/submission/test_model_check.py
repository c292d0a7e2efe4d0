"""Models looked at before there are data."""

import pytest

from app.fitting.formulas.formula import parse
from app.fitting.library import MODELS
from app.jobs.submission.model_check import check_model
from app.schemas.check import CheckRequest
from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START


@pytest.mark.parametrize("name", MODELS)
def test_every_model_of_the_library_can_be_checked(name: str) -> None:
    variables = ["x", "z"] if MODELS[name].variables == 2 else ["x"]
    checked = check_model(CheckRequest.model_validate({"model": {"name": name}, "variables": variables}))
    assert checked.formula is not None
    assert [parameter.name for parameter in checked.parameters] == list(parse(checked.formula, variables).parameters)


def test_the_tutorials_model_has_the_tutorials_start_values() -> None:
    checked = check_model(CheckRequest(model=TUTORIAL_MODEL))
    assert {parameter.name: parameter.start for parameter in checked.parameters} == TUTORIAL_START


def test_ties_are_looked_into_for_linearity() -> None:
    request = {"model": "a*x + b", "parameters": {"b": {"tied": "a^2"}}}
    assert not check_model(CheckRequest.model_validate(request)).is_linear
    assert check_model(CheckRequest(model="a*x + b")).is_linear

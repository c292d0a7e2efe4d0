"""What goes out has room for all that is worked out."""

from dataclasses import fields

import pytest

from app.fitting.statistics import Statistics as WorkedOut
from app.jobs.fit.result import StoredResult
from app.schemas.result import FitResult, Statistics


@pytest.mark.parametrize("name", [field.name for field in fields(WorkedOut)])
def test_every_statistic_that_is_worked_out_goes_out(name: str) -> None:
    assert name in Statistics.model_fields, "describe it in app/schemas/result.py"


@pytest.mark.parametrize("name", [field.name for field in fields(StoredResult) if field.name not in ("model", "nfev")])
def test_everything_that_is_kept_of_a_result_goes_out(name: str) -> None:
    assert name in FitResult.model_fields, "describe it in app/schemas/result.py"

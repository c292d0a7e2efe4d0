"""From what is stored of a fit to the model that is exported."""

import pytest
from sqlalchemy import Engine

from app.jobs.errors import CurveNotFoundError, NoResultError
from app.jobs.results.exports import fitted_model
from app.jobs.store.fits import Store
from tests.helpers.trained_fits import submitted, trained

LINE = {"target": {"x": [0, 1, 2], "y": [1.1, 2.9, 5]}, "model": "a + b * x"}
LINES = {"target": {"x": [0, 1, 2], "y": [[1, 3, 5], [0, 1, 2]]}, "model": "a + b * x"}


def test_a_model_has_its_coefficients_and_their_standard_errors(engine: Engine) -> None:
    record = trained(engine, LINE)
    model = fitted_model(Store(engine), record, None)
    assert (model.formula, model.variables) == ("a + b * x", ("x",))
    assert model.coefficients == pytest.approx({"a": 1.05, "b": 1.95})
    assert all(error is not None and error > 0 for error in model.stderr.values())
    assert model.title == f"{record.id}: succeeded (converged)"


def test_one_of_many_curves_is_a_model_of_its_own(engine: Engine) -> None:
    record = trained(engine, LINES)
    model = fitted_model(Store(engine), record, 1)
    assert model.coefficients == pytest.approx({"a": 0, "b": 1}, abs=1e-12)
    assert model.title.startswith(f"{record.id}, curve 1")
    with pytest.raises(CurveNotFoundError):
        fitted_model(Store(engine), record, 2)


def test_a_fit_that_has_not_ended_has_no_model(engine: Engine) -> None:
    record = Store(engine).create(submitted(LINE))
    with pytest.raises(NoResultError, match="no coefficients yet"):
        fitted_model(Store(engine), record, None)

"""A fit as a workbook."""

import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.workbook import workbook_of
from tests.helpers.trained_fits import submitted, trained

X, Y = [1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.1]
LINE: dict[str, Any] = {"target": {"x": X, "y": Y}, "model": "a + b * x"}


def sheets(engine: Engine, record: FitRecord) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(Store(engine), record)))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_a_workbook_has_coefficients_data_residuals_and_the_curve(engine: Engine) -> None:
    record = trained(engine, LINE)
    assert record.result is not None
    found = sheets(engine, record)
    names, *rows = found["Coefficients"]
    assert names == ("parameter", "value", "stderr", "lower", "upper")
    assert {row[0]: row[1] for row in rows} == pytest.approx(record.result.coefficients)
    names, *rows = found["Data"]
    assert names == ("x", "y", "fitted", "residual")
    assert [row[:2] for row in rows] == list(zip(X, Y, strict=True))
    assert all(row[1] - row[2] == pytest.approx(row[3], abs=1e-12) for row in rows)
    assert found["Curve"][0][:2] == ("x", "fitted")
    assert dict(row[:2] for row in found["Fit"])["status"] == "succeeded"


def test_many_curves_have_a_row_each_and_labels_are_no_formulas(engine: Engine) -> None:
    body = LINE | {"target": {"x": X, "y": [Y, Y[::-1]], "labels": ["=1+1", "up"]}}
    found = sheets(engine, trained(engine, body))
    assert [row[1] for row in found["Curves"][1:]] == ["=1+1", "up"]
    assert len(found["Data"]) == 1 + 2 * len(X)
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(Store(engine), trained(engine, body))))
    assert book["Curves"]["B2"].data_type == "s"


def test_a_fit_that_waits_has_its_data(engine: Engine) -> None:
    found = sheets(engine, Store(engine).create(submitted(LINE)))
    assert found["Data"][0] == ("x", "y")


def test_a_function_has_no_data_but_a_curve(engine: Engine) -> None:
    found = sheets(engine, trained(engine, {"target": {"points": 20}, "model": "a + b * x"}))
    assert "Data" not in found
    assert len(found["Curve"]) > 10

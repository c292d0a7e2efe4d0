"""Exports of fitted models over HTTP."""

from typing import Any

import httpx
import jsonschema
import numpy as np
import pytest

from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.spreadsheet import evaluate

X = [0.0, 1.0, 2.0, 3.0, 4.0]
Y = [0.9, 3.1, 5.0, 7.2, 8.9]
WITH_DIGAMMA = {"target": {"x": X, "y": Y}, "model": "a * digamma(x + 1) + b"}


@pytest.fixture(scope="module")
def fit(service: RunningService) -> dict[str, Any]:
    return service.fitted({"target": {"x": X, "y": Y}, "model": "intercept + slope * P1(x)^2"})


def exported(service: RunningService, fit: dict[str, Any], **query: Any) -> httpx.Response:
    return service.client.get(fit["urls"]["export"], params=query)


def value_at(fit: dict[str, Any], x: float) -> float:
    """Return what the model gives."""
    found = fit["result"]["coefficients"]
    return float(found["intercept"] + found["slope"] * x**2)


def refused(answer: httpx.Response, status: int, parameter: str | None = None) -> str:
    """Return what the answer says is wrong."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    if parameter is None:
        return str(problem["detail"])
    assert [error["parameter"] for error in problem["errors"]] == [parameter]
    return str(problem["errors"][0]["detail"])


@pytest.mark.parametrize(
    ("form", "media_type", "suffix"),
    [
        ("json", "application/json", "json"),
        ("python", "text/x-python", "py"),
        ("c", "text/x-c", "c"),
        ("latex", "application/x-latex", "tex"),
        ("mathml", "application/mathml+xml", "mml"),
        ("excel", "text/plain", "txt"),
    ],
)
def test_every_format_is_a_file_of_its_type(
    service: RunningService, fit: dict[str, Any], form: str, media_type: str, suffix: str
) -> None:
    answer = exported(service, fit, format=form)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{fit["id"]}.{suffix}"'


def test_the_python_module_gives_the_numbers_of_the_fit(service: RunningService, fit: dict[str, Any]) -> None:
    names: dict[str, Any] = {}
    exec(exported(service, fit, format="python").text, names)  # noqa: S102
    assert names["model"](np.array(X)).tolist() == pytest.approx([value_at(fit, x) for x in X], rel=1e-14)
    assert names["model"].__kwdefaults__ == fit["result"]["coefficients"]
    assert names["__doc__"] == f"{fit['id']}: succeeded (converged)"


def test_the_cell_gives_the_numbers_of_the_fit(service: RunningService, fit: dict[str, Any]) -> None:
    formula = exported(service, fit, format="excel", cells="$C$5").text
    assert evaluate(formula, {"$C$5": 3.0}) == pytest.approx(value_at(fit, 3.0), rel=1e-14)


def test_json_has_coefficients_and_standard_errors(service: RunningService, fit: dict[str, Any]) -> None:
    found = exported(service, fit).json()
    assert found["formula"] == "intercept + slope * P1(x)^2"
    assert found["coefficients"] == fit["result"]["coefficients"]
    assert found["stderr"] == fit["result"]["statistics"]["stderr"]
    assert found["tree"] == ["+", "intercept", ["*", "slope", ["^", ["legendre", 1, "x"], 2]]]


def test_json_fits_its_schema(service: RunningService, fit: dict[str, Any]) -> None:
    components = service.client.get("/openapi.json").json()["components"]
    schema = {"$ref": "#/components/schemas/ModelExport", "components": components}
    jsonschema.Draft202012Validator(schema).validate(exported(service, fit).json())


def test_a_model_that_gives_a_transformed_response_says_so(service: RunningService) -> None:
    target = {"x": X, "y": Y, "response": "log(y)"}
    fit = service.fitted({"target": target, "model": "a + b*x"})
    assert exported(service, fit, format="latex").text.startswith(f"% {fit['id']}")
    assert r"\ln\left(y\right) &= a + b\,x" in exported(service, fit, format="latex").text
    assert exported(service, fit).json()["response"] == "log(y)"


def test_a_fit_of_two_variables_takes_a_cell_for_each(service: RunningService) -> None:
    target = {"x": {"u": [0, 1, 0, 1], "v": [0, 0, 1, 1]}, "y": [1, 3, 4, 6]}
    fit = service.fitted({"target": target, "model": "a + b*u + c*v"})
    formula = exported(service, fit, format="excel", cells="v:B1,u:A1").text
    assert evaluate(formula, {"A1": 2.0, "B1": 5.0}) == pytest.approx(20.0)
    assert "u:A2,v:B2" in refused(exported(service, fit, format="excel", cells="A1"), 422, "cells")


def test_a_named_model_is_exported_as_its_formula(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": X, "y": Y}, "model": {"name": "polynomial", "degree": 1}})
    assert exported(service, fit).json()["formula"] == fit["formula"]


def test_one_of_many_curves_is_exported_by_its_number(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": X, "y": [Y, [2 * y for y in Y]]}, "model": "a + b*x"})
    first, second = (exported(service, fit, curve=curve).json()["coefficients"] for curve in (0, 1))
    assert second == pytest.approx({name: 2 * value for name, value in first.items()})
    answer = exported(service, fit, curve=1, format="python")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{fit["id"]}_curve1.py"'
    assert "say which curve: 0 to 1" in refused(exported(service, fit), 422, "curve")
    assert "the fit has the curves 0 to 1" in refused(exported(service, fit, curve=2), 404)


def test_the_only_curve_of_a_fit_has_no_number(service: RunningService, fit: dict[str, Any]) -> None:
    assert "the fit has one curve" in refused(exported(service, fit, curve=0), 404)


def test_a_function_that_a_format_lacks_is_named(service: RunningService) -> None:
    fit = service.fitted(WITH_DIGAMMA)
    detail = refused(exported(service, fit, format="excel"), 422, "format")
    assert detail == "there is no function digamma in Excel: choose another format, such as python or latex"
    assert exported(service, fit, format="c").status_code == 200


def test_cells_without_a_spreadsheet_are_refused(service: RunningService, fit: dict[str, Any]) -> None:
    assert "format=excel only" in refused(exported(service, fit, format="c", cells="A2"), 422, "cells")


def test_an_unknown_format_is_refused(service: RunningService, fit: dict[str, Any]) -> None:
    assert "'python'" in refused(exported(service, fit, format="fortran"), 422, "format")


def test_there_is_nothing_to_export_of_a_fit_that_runs(service: RunningService) -> None:
    fit = service.post(ENDLESS)
    detail = refused(exported(service, fit), 409)
    service.client.post(fit["urls"]["cancel"])
    assert "no coefficients yet" in detail


def test_a_fit_that_there_is_not_has_no_export(service: RunningService) -> None:
    assert "there is no fit" in refused(service.client.get("/fit/fit_none/export"), 404)

"""Fits of many curves over HTTP."""

import csv
import io
import math
import random
from typing import Any

import pyarrow.parquet
import pytest

from tests.helpers.running_service import RunningService

DOSES = [0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]
MODEL = {"name": "logistic_4"}


def plate(curves: int) -> list[list[float]]:
    """Dose-response curves with noise."""
    draw = random.Random(1)  # noqa: S311

    def curve() -> list[float]:
        half, steep = 10 ** draw.uniform(-0.5, 0.5), draw.uniform(0.8, 1.6)
        clean = [5 + 95 / (1 + (half / dose) ** steep) if dose else 5.0 for dose in DOSES]
        return [value + draw.gauss(0, 2) for value in clean]

    return [curve() for _ in range(curves)]


def curves_of(service: RunningService, fit: dict[str, Any], query: str = "") -> dict[str, Any]:
    answer = service.client.get(f"{fit['urls']['curves']}?{query}")
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


@pytest.fixture(scope="module")
def fit(service: RunningService) -> dict[str, Any]:
    target = {"x": DOSES, "y": plate(1000), "labels": [f"well {k}" for k in range(1000)]}
    return service.fitted({"target": target, "model": MODEL})


def test_all_curves_of_a_plate_are_fitted(fit: dict[str, Any]) -> None:
    assert (fit["status"], fit["reason"]) == ("succeeded", "converged")
    assert fit["result"]["curves"] == {"total": 1000, "succeeded": 1000, "failed": 0}
    assert fit["progress"]["curves"] == 1000


def test_a_curve_among_a_thousand_has_the_numbers_that_it_has_alone(
    service: RunningService, fit: dict[str, Any]
) -> None:
    rows = curves_of(service, fit, "limit=1000")["data"]
    for curve in (0, 499, 999):
        alone = service.fitted({"target": {"x": DOSES, "y": plate(1000)[curve]}, "model": MODEL})["result"]
        assert rows[curve]["coefficients"] == pytest.approx(alone["coefficients"], rel=1e-8)
        assert rows[curve]["stderr"] == pytest.approx(alone["statistics"]["stderr"], rel=1e-8)
        assert rows[curve]["final_loss"] == pytest.approx(alone["final_loss"], rel=1e-8)


def test_pages_follow_each_other(service: RunningService, fit: dict[str, Any]) -> None:
    first = curves_of(service, fit, "limit=600")
    second = curves_of(service, fit, f"limit=600&after={first['last_curve']}")
    assert [row["curve"] for row in first["data"] + second["data"]] == list(range(1000))
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert second["data"][-1]["label"] == "well 999"


def test_all_are_downloaded_as_csv_and_parquet(service: RunningService, fit: dict[str, Any]) -> None:
    text = service.client.get(f"{fit['urls']['curves']}?format=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    binary = service.client.get(f"{fit['urls']['curves']}?format=parquet").content
    table = pyarrow.parquet.read_table(io.BytesIO(binary)).to_pylist()
    assert len(rows) == len(table) == 1000
    assert float(rows[7]["coefficients.ec50"]) == table[7]["coefficients.ec50"]
    assert rows[7]["label"] == table[7]["label"] == "well 7"


def test_statistics_come_with_a_page_and_on_request_with_a_file(service: RunningService, fit: dict[str, Any]) -> None:
    row = curves_of(service, fit, "limit=1&after=6")["data"][0]
    lower, upper = row["statistics"]["confidence_intervals"]["ec50"]
    assert lower < row["coefficients"]["ec50"] < upper
    assert row["statistics"]["rsquared"] > 0.9
    assert row["message"] == "it is at a minimum"
    assert curves_of(service, fit, "limit=1&statistics=false")["data"][0]["statistics"] is None
    text = service.client.get(f"{fit['urls']['curves']}?format=csv&after=6&statistics=true").text
    first = next(csv.DictReader(io.StringIO(text)))
    assert float(first["upper.ec50"]) == pytest.approx(upper)


def test_every_curve_has_its_history_and_the_fit_their_sum(service: RunningService, fit: dict[str, Any]) -> None:
    rows = curves_of(service, fit, "limit=1000")["data"]
    one = service.client.get(f"{fit['urls']['history']}?curve=3&whole=true").json()["data"]
    whole = service.client.get(f"{fit['urls']['history']}?whole=true").json()["data"]
    assert one[-1] == {"step": rows[3]["steps"], "loss": rows[3]["final_loss"]}
    assert whole[-1]["loss"] == pytest.approx(math.fsum(row["final_loss"] for row in rows))
    assert whole[-1]["step"] == max(row["steps"] for row in rows)


def test_a_prediction_of_one_curve_is_that_of_the_curve_alone(service: RunningService, fit: dict[str, Any]) -> None:
    alone = service.fitted({"target": {"x": DOSES, "y": plate(1000)[5]}, "model": MODEL})
    found = service.client.post(fit["urls"]["predict"], json={"x": [0.5, 2.0], "curve": 5}).json()
    expected = service.client.post(alone["urls"]["predict"], json={"x": [0.5, 2.0]}).json()
    assert found["values"] == pytest.approx(expected["values"], rel=1e-8)
    assert found["prediction"]["upper"] == pytest.approx(expected["prediction"]["upper"], rel=1e-8)


def test_a_curve_that_fails_fails_alone(service: RunningService) -> None:
    y = [[1.0, 2.0, 3.0, 4.0], [1e200, -1e200, 1e200, -1e200], [2.0, 4.0, 6.0, 8.0]]
    body = {
        "target": {"x": [1.0, 2.0, 3.0, 4.0], "y": y},
        "model": "a * x",
        "hyperparameters": {"optimizer": "gradient_descent", "learning_rate": 0.01, "steps": 200},
    }
    fit = service.fitted(body)
    rows = curves_of(service, fit)["data"]
    assert [row["status"] for row in rows] == ["succeeded", "failed", "succeeded"]
    assert (fit["status"], fit["reason"]) == ("succeeded", "curves_failed")
    assert fit["result"]["curves"] == {"total": 3, "succeeded": 2, "failed": 1}
    assert [rows[k]["coefficients"]["a"] for k in (0, 2)] == pytest.approx([1, 2])


def test_a_fit_with_a_curve_without_points_can_be_posted_again_as_it_is_told(service: RunningService) -> None:
    target = {"x": [0, 1, 2], "y": [[1, 2, 4], [None, None, None], [2, None, 4]]}
    fit = service.fitted({"target": target, "model": "a + b * x"})
    again = service.fitted({name: fit[name] for name in ("target", "model", "hyperparameters")})
    assert again["target"] == fit["target"]
    ends = [[curve["reason"] for curve in curves_of(service, each)["data"]] for each in (fit, again)]
    assert ends == [["converged", "no_points", "converged"]] * 2


def test_where_all_curves_fail_the_fit_fails(service: RunningService) -> None:
    target = {"x": [1.0, 2.0], "y": [[1.0, 2.0], [2.0, 3.0]]}
    fit = service.fitted({"target": target, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}})
    assert (fit["status"], fit["reason"]) == ("failed", "curves_failed")


def test_curves_may_have_their_own_x_and_lengths(service: RunningService) -> None:
    target = {"x": [[0, 1, 2], [0, 1, 2, 3, 4]], "y": [[1, 3, 5], [0, 3, 6, 9, 12]]}
    fit = service.fitted({"target": target, "model": "a + b * x"})
    rows = curves_of(service, fit)["data"]
    assert rows[0]["coefficients"] == pytest.approx({"a": 1, "b": 2})
    assert rows[1]["coefficients"] == pytest.approx({"a": 0, "b": 3}, abs=1e-9)


def test_parameters_that_are_shared_are_the_same_for_all(service: RunningService) -> None:
    body = {
        "target": {"x": DOSES, "y": plate(6)},
        "model": MODEL,
        "parameters": {"top": {"shared": True}, "bottom": {"shared": True}},
    }
    fit = service.fitted(body)
    rows = curves_of(service, fit)["data"]
    assert {row["coefficients"]["top"] for row in rows} == {fit["result"]["coefficients"]["top"]}
    assert len({row["coefficients"]["ec50"] for row in rows}) == 6
    assert fit["result"]["coefficients"]["top"] == pytest.approx(100, abs=5)


def test_robust_losses_bear_outliers_in_every_curve(service: RunningService) -> None:
    y = plate(5)
    for k, curve in enumerate(y):
        curve[k + 2] += 300
    fit = service.fitted({"target": {"x": DOSES, "y": y}, "model": MODEL, "loss": "tukey"})
    for row, clean in zip(curves_of(service, fit)["data"], plate(5), strict=True):
        alone = service.fitted({"target": {"x": DOSES, "y": clean}, "model": MODEL})["result"]
        error = abs(row["coefficients"]["top"] - alone["coefficients"]["top"])
        assert error < 5 * alone["statistics"]["stderr"]["top"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("curves?limit=0", 422), ("history?curve=0", 404), ("curves?format=xml", 422)],
)
def test_what_there_is_not_is_told(service: RunningService, path: str, status: int) -> None:
    fit = service.fitted({"hyperparameters": {"steps": 1}})
    assert service.client.get(f"/fit/{fit['id']}/{path}").status_code == status


def test_sharing_needs_many_curves(service: RunningService) -> None:
    body = {"target": {"x": [1, 2], "y": [1, 2]}, "model": "a * x + b", "parameters": {"a": {"shared": True}}}
    answer = service.client.post("/fit", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/parameters/a/shared"


def test_an_automatic_degree_needs_one_curve(service: RunningService) -> None:
    body = {"target": {"x": [1, 2], "y": [[1, 2], [2, 3]]}, "model": {"series": "legendre", "degree": "auto"}}
    answer = service.client.post("/fit", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "#/model/degree"


def test_curves_are_cancelled(service: RunningService) -> None:
    body = {
        "target": {"x": DOSES, "y": plate(2000)},
        "model": "a * exp(-b * x) + c * sin(d * x)",
        "hyperparameters": {"optimizer": "adam", "steps": 10_000_000},
    }
    fit = service.post(body)
    service.wait_until(lambda: service.get(fit["id"])["status"] == "running", "running")
    assert service.cancelled(fit["id"])["status"] == "cancelled"


def test_a_global_fit_has_statistics_and_bands(service: RunningService) -> None:
    x = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    y = [[3.1, 1.8, 1.1, 0.6, 0.45, 0.2], [6.0, 3.7, 2.1, 1.4, 0.7, 0.5]]
    body = {"target": {"x": x, "y": y}, "model": "a * exp(-k * x)", "parameters": {"k": {"shared": True}}}
    fit = service.fitted(body)
    found = fit["result"]["statistics"]
    assert (found["ndata"], found["nvarys"], found["nfree"], found["var_names"]) == (12, 3, 9, ["k"])
    assert found["redchi"] == pytest.approx(fit["result"]["final_loss"] / 9)
    rows = service.client.get(fit["urls"]["curves"]).json()["data"]
    assert found["stderr"]["k"] == pytest.approx(rows[0]["stderr"]["k"])
    bands = service.client.post(fit["urls"]["predict"], json={"x": [0], "curve": 1}).json()
    # At x = 0 the model is the amplitude.
    assert bands["stderr"] == pytest.approx([rows[1]["stderr"]["a"]])


@pytest.mark.parametrize("file_format", ["csv", "parquet", "json"])
@pytest.mark.parametrize("target", [{"x": [1, 2, 3], "y": [2, 4, 6]}, {"function": "2 * x", "points": 3}])
def test_a_fit_without_curves_has_files_without_rows(
    service: RunningService, file_format: str, target: dict[str, Any]
) -> None:
    fit = service.fitted({"target": target, "model": "a * x"})
    answer = service.client.get(f"/fit/{fit['id']}/curves", params={"format": file_format})
    assert answer.status_code == 200
    if file_format == "parquet":
        table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
        assert (table.num_rows, table.column_names[:3]) == (0, ["curve", "coefficients.a", "stderr.a"])
    elif file_format == "csv":
        assert answer.text.startswith('"curve","coefficients.a","stderr.a"')


def test_labels_are_harmless_in_csv(service: RunningService) -> None:
    target = {"x": [1, 2, 3], "y": [[2, 4, 6], [1, 2, 3]], "labels": ["=1+1", "b"]}
    fit = service.fitted({"target": target, "model": "a * x"})
    for address in ("curves", "data"):
        text = service.client.get(f"/fit/{fit['id']}/{address}", params={"format": "csv"}).text
        assert "'=1+1" in text, address


@pytest.mark.parametrize(
    "address", [f"curves?after={2**63}", f"history?curve={2**63}", f"export?curve={2**63}", f"curves?limit={2**63}"]
)
def test_a_number_that_no_curve_can_have_is_refused(service: RunningService, address: str) -> None:
    fit = service.post({})
    assert service.client.get(f"/fit/{fit['id']}/{address}").status_code == 422

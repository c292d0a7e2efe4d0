"""What pictures need, over HTTP."""

from typing import Any

import pytest

from tests.helpers.running_service import RunningService

X, Y = [0.5, 1.0, 2.0, 4.0, 8.0], [1.1, 1.9, 3.2, 4.5, 5.4]
BODY: dict[str, Any] = {"target": {"x": X, "y": Y}, "model": "top * (1 - exp(-rate * x))"}


def test_a_fit_is_viewed_in_a_window(service: RunningService) -> None:
    fit = service.fitted(BODY)
    view = service.client.get(f"/fit/{fit['id']}/view", params={"lower": 1, "upper": 4}).json()
    assert view["points"]["x"] == [1, 2, 4]
    assert len(view["line"]) == len(view["x"]) == len(view["confidence"]["lower"])


def test_a_window_that_descends_is_refused(service: RunningService) -> None:
    fit = service.fitted(BODY)
    answer = service.client.get(f"/fit/{fit['id']}/view", params={"lower": 4, "upper": 1})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "upper")


def test_many_points_are_thinned_by_a_process_beside(service: RunningService) -> None:
    x = [place / 100 for place in range(30_000)]
    fit = service.fitted({"target": {"x": x, "y": [2 * place + (place == 7.77) for place in x]}, "model": "a + b * x"})
    view = service.client.get(f"/fit/{fit['id']}/view").json()
    assert view["total_points"] == 30_000
    assert len(view["points"]["x"]) <= 2_000
    assert 7.77 in view["points"]["x"]


def test_curves_are_viewed_page_by_page(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": X, "y": [Y, Y[::-1], Y]}, "model": "a + b * x"})
    page = service.client.get(f"/fit/{fit['id']}/views", params={"limit": 2, "offset": 1}).json()
    assert [curve["curve"] for curve in page["data"]] == [1, 2]
    assert page["has_more"] is False


def test_a_model_is_tried_with_a_file(service: RunningService) -> None:
    rows = "".join(f"{x};{y}\n".replace(".", ",") for x, y in zip(X, Y, strict=True))
    fit = '{"target": {"x": "t", "y": "v"}, "model": "top * (1 - exp(-rate * x))"}'
    files = {"data": ("rows.csv", f"t;v\n{rows}"), "fit": (None, fit, "application/json")}
    answer = service.client.post("/evaluate", files=files)
    assert answer.status_code == 200, answer.text
    assert answer.json()["points"]["y"] == Y
    assert answer.json()["start"]["top"] == pytest.approx(5.57, rel=0.2)


def test_what_is_wrong_with_a_model_is_told_at_its_field(service: RunningService) -> None:
    answer = service.client.post("/evaluate", json=BODY | {"model": "top * (1 -"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/model")


def test_the_tutorials_job_is_tried_with_an_empty_body(service: RunningService) -> None:
    found = service.client.post("/evaluate", json={}).json()
    assert found["start"] == {"a": 0, "b": -1, "c": 0, "d": 0.3}


def test_an_optimizer_that_is_named_is_no_hindrance_to_a_search(service: RunningService) -> None:
    body = BODY | {"hyperparameters": {"optimizer": "levenberg_marquardt", "steps": 50}}
    answer = service.client.post("/evaluate", json=body)
    assert (answer.status_code, answer.json()["start"]["top"]) == (200, pytest.approx(5.57, rel=0.2))

"""Figures by address."""

import re
import subprocess
import sys
from typing import Any

import pytest

from tests.helpers.running_service import ENDLESS, RunningService

X, Y = [0.5, 1.0, 2.0, 4.0, 8.0], [1.1, 1.9, 3.2, 4.5, 5.4]


@pytest.fixture(scope="module")
def fit(service: RunningService) -> dict[str, Any]:
    return service.fitted({"target": {"x": X, "y": Y}, "model": "top * (1 - exp(-rate * x))"})


@pytest.mark.parametrize(
    ("name", "media_type", "beginning"),
    [("svg", "image/svg+xml", b"<?xml"), ("png", "image/png", b"\x89PNG"), ("pdf", "application/pdf", b"%PDF")],
)
def test_a_fit_is_drawn(
    service: RunningService, fit: dict[str, Any], name: str, media_type: str, beginning: bytes
) -> None:
    answer = service.client.get(f"/fit/{fit['id']}/plot.{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
    assert answer.content.startswith(beginning)
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_the_same_figure_has_the_same_tag_and_is_not_sent_again(service: RunningService, fit: dict[str, Any]) -> None:
    path = f"/fit/{fit['id']}/plot.svg"
    first, second = service.client.get(path), service.client.get(path)
    assert first.content == second.content
    tag = first.headers["ETag"]
    assert service.client.get(path, headers={"If-None-Match": tag}).status_code == 304
    other = service.client.get(path, params={"theme": "dark"}, headers={"If-None-Match": tag})
    assert (other.status_code, other.headers["ETag"] == tag) == (200, False)


def test_losses_of_several_fits_stand_in_one_figure(service: RunningService, fit: dict[str, Any]) -> None:
    other = service.fitted()
    content = service.client.get(f"/fit/{fit['id']}/loss.svg", params={"with": [other["id"]]}).text
    assert 'id="loss-0"' in content
    assert 'id="loss-1"' in content
    answer = service.client.get(f"/fit/{fit['id']}/loss.svg", params={"with": ["fit_none"]})
    assert answer.status_code == 404


def test_a_figure_of_losses_is_another_one_once_a_further_fit_has_changed(
    service: RunningService, fit: dict[str, Any]
) -> None:
    endless = service.post(ENDLESS)
    service.wait_for_step(endless["id"], 1)
    path, both = f"/fit/{fit['id']}/loss.svg", {"with": [endless["id"]]}
    before = service.client.get(path, params=both)
    service.client.post(f"/fit/{endless['id']}/cancel")
    service.ended(endless["id"])
    after = service.client.get(path, params=both, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200


def test_many_curves_are_a_grid_or_one_of_them(service: RunningService) -> None:
    body = {"target": {"x": X, "y": [Y, Y[::-1]], "labels": ["up", "down"]}, "model": "a + b * x"}
    plate = service.fitted(body)
    grid = service.client.get(f"/fit/{plate['id']}/plot.svg").text
    assert grid.count('id="points"') == 2
    one = service.client.get(f"/fit/{plate['id']}/plot.svg", params={"label": "down"}).text
    assert 'id="confidence-band"' in one


def test_the_summary_of_one_of_many_curves_has_errors_of_own_and_of_shared_coefficients(
    service: RunningService,
) -> None:
    target = {"x": X, "y": [Y, [2.2, 3.7, 6.5, 9.1, 10.7]]}
    parameters = {"top": 5.0, "rate": {"start": 0.5, "shared": True}}
    model = "top * (1 - exp(-rate * x))"
    together = service.fitted({"target": target, "model": model, "parameters": parameters})
    one = service.client.get(f"/fit/{together['id']}/plot.svg", params={"curve": 1, "summary": True}).text
    # Of a text drawn as outlines its words stand in a comment.
    for name in ("top", "rate"):
        assert re.search(rf"{name} = [^\n]+ ± ", one)


@pytest.mark.parametrize(
    "query",
    [
        {"width": 10_000},
        {"dpi": 5},
        {"theme": "pink"},
        {"bands": "all"},
        {"level": 1},
        {"limit": 1000},
        {"dpi": 600, "width": 500, "height": 500},
    ],
)
def test_what_no_figure_can_be_is_refused(service: RunningService, fit: dict[str, Any], query: dict[str, Any]) -> None:
    answer = service.client.get(f"/fit/{fit['id']}/plot.svg", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, next(iter(query)))


def test_of_several_predictors_the_line_is_where_both_agree(service: RunningService) -> None:
    body = {"target": {"x": {"u": X, "v": Y}, "y": [1.0, 3.0, 2.0, 5.0, 4.0]}, "model": "a + b * u + c * v"}
    content = service.client.get(f"/fit/{service.fitted(body)['id']}/plot.svg").text
    assert "<!-- fitted = observed -->" in content


@pytest.mark.parametrize(
    ("bands", "shown"),
    [("prediction,confidence", {"prediction", "confidence"}), ("none,prediction", {"prediction"}), ("none", set())],
)
def test_bands_are_named_in_any_order(
    service: RunningService, fit: dict[str, Any], bands: str, shown: set[str]
) -> None:
    content = service.client.get(f"/fit/{fit['id']}/plot.svg", params={"bands": bands}).text
    assert set(re.findall(r'id="(\w+)-band"', content)) == shown


def test_an_unknown_format_is_refused(service: RunningService, fit: dict[str, Any]) -> None:
    assert service.client.get(f"/fit/{fit['id']}/plot.gif").status_code in (404, 422)


def test_the_service_itself_loads_nothing_that_draws_or_writes_workbooks() -> None:
    code = "import sys, app.main; print(sorted({'matplotlib', 'xlsxwriter'} & {*sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"

"""Small pictures of many curves."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.errors import InvalidRequestError
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.of_curves import Order, views_of
from app.schemas.view import CurveViewPage
from tests.helpers.trained_fits import trained

X = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
GOOD = [1.0, 1.9, 3.1, 4.0, 5.1, 5.9]
NOISY = [1.0, 4.0, 1.0, 5.0, 2.0, 6.0]
PLATE: dict[str, Any] = {
    "target": {"x": X, "y": [GOOD, NOISY, [2 * y for y in GOOD]], "labels": ["A1", "A2", "A3"]},
    "model": "a + b * x",
}


def paged(engine: Engine, record: FitRecord, order: Order, offset: int = 0, limit: int = 10) -> CurveViewPage:
    return CurveViewPage.model_validate(views_of(Store(engine), record, offset, limit, 10, order))


def test_each_curve_has_its_points_its_line_and_what_is_known_of_it(engine: Engine) -> None:
    page = paged(engine, trained(engine, PLATE), "number")
    assert [curve.label for curve in page.data] == ["A1", "A2", "A3"]
    first = page.data[0]
    assert first.points.y == GOOD
    assert first.line is not None
    assert first.line.y[0] == pytest.approx(first.coefficients["a"])
    assert first.rsquared is not None


def test_worst_curves_come_first(engine: Engine) -> None:
    page = paged(engine, trained(engine, PLATE), "worst")
    assert page.data[0].label == "A2"
    unexplained = [1 - (curve.rsquared or 0) for curve in page.data]
    assert unexplained == sorted(unexplained, reverse=True)


def test_a_curve_that_failed_comes_before_all(engine: Engine) -> None:
    target = PLATE["target"] | {"y": [GOOD, NOISY, [None] * 6], "missing": "omit"}
    page = paged(engine, trained(engine, PLATE | {"target": target}), "worst")
    assert [curve.label for curve in page.data] == ["A3", "A2", "A1"]
    assert (page.data[0].status, page.data[0].line) == ("failed", None)


@pytest.mark.parametrize("order", ["number", "worst"])
def test_pages_follow_each_other(engine: Engine, order: Order) -> None:
    record = trained(engine, PLATE)
    first, second = (paged(engine, record, order, offset, 2) for offset in (0, 2))
    assert (first.has_more, second.has_more) == (True, False)
    numbers = [curve.curve for page in (first, second) for curve in page.data]
    assert sorted(numbers) == [0, 1, 2]


def test_a_fit_of_one_curve_has_no_small_pictures(engine: Engine) -> None:
    with pytest.raises(InvalidRequestError):
        paged(engine, trained(engine, {"target": {"x": X, "y": GOOD}, "model": "a + b * x"}), "number")

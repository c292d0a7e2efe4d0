"""What is asked of a fit comes as arrays."""

import json

import numpy as np
import pytest
from fit_service_client import Client, Fit

from tests.helpers.measured import FORMULA, X, Y, decay
from tests.helpers.running_service import RunningService
from tests.helpers.webhooks import make_webhook, remove_webhook


@pytest.fixture
def fit(connected: Client) -> Fit:
    """Return a fit of one curve."""
    return connected.fit(X, Y, FORMULA)


@pytest.fixture
def curves(connected: Client) -> Fit:
    """Return a fit of three curves, one of which has a point less."""
    y = np.array([decay(X, a) for a in (1, 2, 3)]) + (Y - decay(X))
    y[1, 4] = np.nan
    return connected.fit(X, y, FORMULA, labels=["one", "two", "three"])


def test_the_model_is_worked_out_elsewhere_with_bands(fit: Fit) -> None:
    predicted = fit.predict([0.5, 6], level=0.9)
    assert predicted.values == pytest.approx(decay(np.array([0.5, 6])), rel=0.03)
    assert predicted.prediction is not None
    assert predicted.confidence is not None
    assert (predicted.prediction.lower < predicted.confidence.lower).all()
    assert (predicted.confidence.upper < predicted.prediction.upper).all()
    assert (predicted.level, predicted.residuals) == (0.9, None)


def test_at_its_own_points_there_are_residuals(fit: Fit) -> None:
    predicted = fit.predict()
    assert predicted.values is not None
    assert predicted.residuals == pytest.approx(Y - predicted.values)


def test_a_picture_is_given_what_it_needs(fit: Fit) -> None:
    assert len(fit.view(points=10)["points"]["x"]) <= X.size


def test_small_pictures_of_many_curves_come_page_by_page(curves: Fit) -> None:
    page = curves.views(limit=1, points=10, sort="worst")
    assert len(page["data"]) == 1
    assert page["has_more"]


def test_the_loss_history_is_two_arrays(fit: Fit) -> None:
    history = fit.history(whole=True)
    assert history.step.tolist() == list(range(history.total_points))
    assert history.loss[-1] == pytest.approx(fit.result["final_loss"])


def test_unknowns_are_read_off_the_curve(fit: Fit) -> None:
    found = fit.inverse([1.0, [0.9, 1.1], 0.1])
    assert decay(found.x[0]) == pytest.approx(1, rel=0.03)
    assert found.lower[0] < found.x[0] < found.upper[0]
    assert found.stderr[1] < found.stderr[0]
    assert np.isnan(found.x[2])
    assert found.solutions[2].size == 0
    assert found.messages[2]


def test_quantities_are_derived_with_their_errors(fit: Fit) -> None:
    derived = fit.derive({"half_life": "log(2) / b", "area": {"integral": [0, 1]}})
    assert derived["half_life"].value == pytest.approx(np.log(2) / fit.coefficients["b"])
    assert derived.covariance is not None
    assert derived.covariance[1, 1] == pytest.approx(derived["area"].stderr ** 2)


def test_the_model_and_the_data_come_as_files_and_arrays(fit: Fit) -> None:
    assert "def " in fit.export()
    assert json.loads(fit.export("json"))["coefficients"] == fit.coefficients
    assert fit.data()["y"] == pytest.approx(Y)
    assert fit.data_file().startswith(b'"x","y"')


def test_many_curves_are_read_one_after_another(curves: Fit) -> None:
    rows = list(curves.curves())
    assert [(row.curve, row.label, row.left_out) for row in rows] == [(0, "one", 0), (1, "two", 1), (2, "three", 0)]
    assert [row.coefficients["a"] for row in rows] == pytest.approx([1, 2, 3], rel=0.05)
    assert rows[0].covariance is not None
    assert rows[0].covariance[0, 0] == pytest.approx(rows[0].stderr["a"] ** 2)
    assert next(iter(curves.curves(statistics=False))).covariance is None


def test_curves_are_predicted_derived_and_asked_for_by_label(curves: Fit) -> None:
    assert [row.label for row in curves.predict_all([0, 1], curves=["three", 0])] == ["one", "three"]
    halves = [row["half"].value for row in curves.derive_all({"half": "log(2) / b"})]
    assert halves == pytest.approx([np.log(2) / 1.3] * 3, rel=0.1)
    assert curves.derive({"half": "log(2) / b"}, curve="two")["half"].value == pytest.approx(halves[1])
    assert curves.predict([0], label="three").values == pytest.approx([3.5], rel=0.03)
    assert curves.history(curve=2).loss.size > 0


def test_a_table_of_pandas_has_a_row_for_each_parameter_or_each_curve(fit: Fit, curves: Fit) -> None:
    pytest.importorskip("pandas")
    table = fit.to_pandas()
    assert list(table.columns) == ["value", "stderr", "lower", "upper"]
    assert table.loc["b", "value"] == fit.coefficients["b"]
    many = curves.to_pandas()
    assert list(many["label"]) == ["one", "two", "three"]
    assert {"coefficients.a", "stderr.a", "lower.a", "upper.a", "redchi"} <= set(many.columns)


def test_a_fit_is_told_to_a_webhook(connected: Client, service: RunningService) -> None:
    make_webhook(service, "client", "http://nowhere.invalid/")
    told = connected.fit(X, Y, FORMULA, webhook="client")
    remove_webhook(service, "client")
    (delivery,) = told.deliveries()
    assert (delivery["webhook"], delivery["delivered_at"]) == ("client", None)
    assert connected.fit(X, Y, FORMULA).deliveries() == []

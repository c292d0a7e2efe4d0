"""How the results of many curves are stored, and what becomes of those that lack values."""

from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from app.jobs.data.curve_results import rows
from app.jobs.fit.curve_blocks import MOST_STORED_LOSSES
from app.jobs.results.fitted_curves import batches
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.tables import fit_curves
from tests.helpers.trained_fits import trained

PLATE: dict[str, Any] = {
    "target": {
        "x": [0, 1, 3, 10, 30, 100],
        "y": [
            [None] * 6,
            [0.05, 0.2, 0.5, 1.1, 1.6, 1.8],
            [0.06, None, 0.51, 1.0, 1.5, 1.75],
            [None] * 6,
            [0.06, 0.3, 0.51, 1.0, 1.5, 1.75],
        ],
    },
    "model": {"name": "logistic_4"},
}
CURVES, STEPS = 60, 3000
BYTES_OF_A_LOSS = 8


def test_long_histories_are_stored_in_rows_of_bounded_size_and_read_one_by_one(engine: Engine) -> None:
    body = {
        "target": {"x": [0.0, 1.0, 2.0], "y": [[1.0, 2.0, float(curve)] for curve in range(CURVES)]},
        "model": "a * x + b",
        "hyperparameters": {"optimizer": "gradient_descent", "steps": STEPS, "learning_rate": 1e-7},
    }
    record = trained(engine, body)
    with reading(engine) as connection:
        stored = connection.execute(select(func.count(), func.max(func.length(fit_curves.c.losses)))).one()
    assert stored[0] > 1
    assert stored[1] <= 1.1 * BYTES_OF_A_LOSS * MOST_STORED_LOSSES
    store = Store(engine)
    results = rows(store.curves.tables(record.number))
    assert [result["curve"] for result in results] == list(range(CURVES))
    histories = [store.curves.history(record, curve) for curve in range(CURVES)]
    assert {len(history) for history in histories} == {STEPS + 1}
    assert [history[-1] for history in histories] == [result["final_loss"] for result in results]


@pytest.mark.parametrize("more", [{}, {"parameters": {"bottom": {"shared": True}}}])
def test_a_curve_without_points_fails_alone_and_missing_points_of_each_are_counted(
    engine: Engine, more: dict[str, Any]
) -> None:
    record = trained(engine, PLATE | more)
    assert (record.status, record.reason) == ("succeeded", "curves_failed")
    results = rows(Store(engine).curves.tables(record.number))
    assert [result["reason"] for result in results] == ["no_points", "converged", "converged", "no_points", "converged"]
    assert [result["left_out"] for result in results] == [6, 0, 1, 6, 0]
    assert results[2]["warnings"] == ["1 point lacks a value and is left out"]
    assert set(results[0]["coefficients"].values()) == {None}
    assert record.fit.warnings == [
        "13 points lack a value and are left out: 6 of curve 0, 1 of curve 2, 6 of curve 3",
    ]


def test_a_curve_among_others_without_points_has_the_numbers_that_it_has_alone(engine: Engine) -> None:
    whole = [curve for curve in PLATE["target"]["y"] if None not in curve]
    alone = trained(engine, PLATE | {"target": PLATE["target"] | {"y": whole}})
    among = trained(engine, PLATE | {"target": PLATE["target"] | {"y": [[None] * 6, *whole]}})
    store = Store(engine)
    found = [rows(store.curves.tables(record.number)) for record in (alone, among)]
    assert [row["coefficients"] for row in found[0]] == [row["coefficients"] for row in found[1][1:]]


def test_curves_without_points_are_read_by_themselves(engine: Engine) -> None:
    record, store = trained(engine, PLATE), Store(engine)
    (dead,) = batches(store, record, rows(store.curves.tables(record.number, 0, 1)))
    assert dead.reasons == ["this curve has no coefficients: see its reason"]

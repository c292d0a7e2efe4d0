"""How the results of many curves are stored."""

from sqlalchemy import Engine, func, select

from app.jobs.data.curve_results import rows
from app.jobs.fit.curve_blocks import MOST_STORED_LOSSES
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.tables import fit_curves
from tests.helpers.trained_fits import trained

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
    results = rows(store.curve_tables(record.number))
    assert [result["curve"] for result in results] == list(range(CURVES))
    histories = [store.curve_history(record, curve) for curve in range(CURVES)]
    assert {len(history) for history in histories} == {STEPS + 1}
    assert [history[-1] for history in histories] == [result["final_loss"] for result in results]

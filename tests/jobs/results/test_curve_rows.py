"""Each of many curves is told what it would be told alone."""

import math
from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.data.curve_results import empty_table, rows
from app.jobs.results.curve_rows import tables_of, with_statistics
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from tests.helpers.trained_fits import trained

X = [0.25 * k for k in range(24)]
MODEL = {"model": "a * exp(-k * x) + c", "parameters": {"a": 1, "k": 0.7, "c": 0}}


def noise(k: int) -> float:
    return 0.02 * math.sin(7.3 * k * k + 1)


WELLS = {
    "alive": [2 * math.exp(-x) + 0.3 + noise(k) for k, x in enumerate(X)],
    "flat": [1 + noise(k) for k, x in enumerate(X)],
    "empty": [0.0 for _ in X],
}
PLATE = {"target": {"x": X, "y": list(WELLS.values()), "labels": list(WELLS)}, **MODEL}


def told(engine: Engine, record: FitRecord) -> list[dict[str, Any]]:
    store = Store(engine)
    return list(with_statistics(store, record, rows(store.curves.tables(record.number))))


@pytest.mark.parametrize("loss", ["squares", "huber", "tukey"])
def test_a_curve_is_told_what_it_is_told_alone(engine: Engine, loss: str) -> None:
    found = told(engine, trained(engine, PLATE | {"loss": loss}))[0]["statistics"]
    alone = trained(engine, {"target": {"x": X, "y": WELLS["alive"]}, **MODEL, "loss": loss}).result
    assert alone is not None
    assert alone.statistics is not None
    known = alone.statistics
    assert found["confidence_intervals"] == {
        name: pytest.approx(limits, rel=1e-6) for name, limits in known.confidence_intervals.items()
    }
    assert known.covar is not None
    assert found["covar"] == [pytest.approx(row, rel=1e-5) for row in known.covar]
    for name in ("ndata", "nvarys", "nfree", "chisqr", "redchi", "rsquared", "aicc", "condition"):
        expected = getattr(known, name)
        assert found[name] == (expected if expected is None else pytest.approx(expected, rel=1e-5)), name
    assert (found["var_names"], found["warnings"]) == (known.var_names, known.warnings)


def test_a_dead_well_is_told_as_one(engine: Engine) -> None:
    alive, flat, empty = told(engine, trained(engine, PLATE))
    assert alive["statistics"]["warnings"] == []
    assert any("a constant would not" in words for words in flat["statistics"]["warnings"])
    assert any("no signal" in words for words in empty["statistics"]["warnings"])


def test_a_curve_that_failed_has_no_statistics_and_a_reason_in_words(engine: Engine) -> None:
    target = {"x": [1.0, 2.0, 3.0], "y": [[1.0, 2.0, 3.5], [2.0, 3.0, 4.5]]}
    row = told(engine, trained(engine, {"target": target, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}}))[0]
    assert row["statistics"] is None
    assert "no finite number" in row["message"]


def test_a_curve_that_shares_parameters_has_the_covariance_that_all_curves_tell(engine: Engine) -> None:
    body = {"target": {"x": X, "y": [WELLS["alive"], WELLS["alive"][::-1]]}, "model": "a * exp(-k * x) + c"}
    start = {"a": 1, "k": 0.7, "c": {"start": 0, "shared": True}}
    record = trained(engine, body | {"parameters": start})
    assert record.result is not None
    assert record.result.statistics is not None
    for row in told(engine, record):
        known = row["statistics"]
        place = known["var_names"].index("c")
        assert math.sqrt(known["covar"][place][place]) == pytest.approx(row["stderr"]["c"], rel=1e-6)
        assert known["nfree"] == record.result.statistics.nfree
        assert known["redchi"] is None


def test_a_curve_that_shares_parameters_is_not_asked_what_it_does_not_tell_by_itself(engine: Engine) -> None:
    curves = [
        [3 * math.exp(-0.7 * x) + wave for x, wave in zip(X, (0.04, -0.03, 0.05) * 9, strict=False)],
        WELLS["alive"],
    ]
    curves[1] = [1.3 * y for y in curves[1]]
    start = {"a": 1, "k": {"start": 0.7, "shared": True}, "c": {"start": 0, "shared": True}}
    record = trained(engine, {"target": {"x": X, "y": curves}, "model": "a * exp(-k * x) + c", "parameters": start})
    warned = [words for row in told(engine, record) for words in row["statistics"]["warnings"]]
    assert [words for words in warned if "minimum" in words or "determine" in words or "straight" in words] == []


def test_files_have_statistics_as_columns_where_they_are_asked_for(engine: Engine) -> None:
    store, record = Store(engine), trained(engine, PLATE)
    (table,) = tables_of(store, record, store.curves.tables(record.number), statistics=True)
    first, known = table.to_pylist()[0], told(engine, record)[0]["statistics"]
    assert (first["lower.k"], first["upper.k"]) == known["confidence_intervals"]["k"]
    assert first["covar.a.k"] == known["covar"][0][known["var_names"].index("k")]
    assert (first["rsquared"], first["nfree"], first["warnings"]) == (known["rsquared"], known["nfree"], None)
    assert "no signal" in table.to_pylist()[2]["warnings"]


@pytest.mark.parametrize("statistics", [True, False])
def test_a_file_without_rows_has_the_same_columns(engine: Engine, statistics: bool) -> None:
    store, record = Store(engine), trained(engine, PLATE | {"loss": "huber"})
    (table,) = tables_of(store, record, store.curves.tables(record.number), statistics)
    (empty,) = tables_of(store, record, [empty_table(list(record.fit.parameters))], statistics)
    assert set(empty.column_names) == set(table.column_names) - {"label"}

"""Fits found by a text."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import Engine

from app.jobs.callers.caller import Caller
from app.jobs.store.fits import Store
from app.jobs.submission.resolve import Submission
from tests.helpers.trained_fits import submitted

DATA = {"x": [1, 2, 3, 4, 5, 6, 7, 8], "y": [1, 2, 3, 9, 9, 3, 2, 1]}
MODELS = {
    "formula": "top * exp(-x / Tau)",
    "library": {"name": "gaussian"},
    "sum": {"sum": ["linear", "lorentzian"]},
    "series": {"series": "legendre", "degree": "auto"},
}


def found(store: Store, text: str) -> list[str]:
    return [record.id for record in store.page(after=None, limit=50, statuses=(), metadata={}, search=text)[0]]


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    made = {}
    for name, model in MODELS.items():
        fit = submitted({"target": DATA, "model": model})
        metadata = {"plate": f"Plate 7 {name}", "Sample": "K\u00d6LN 50%_a"} if name == "formula" else {}
        made[name] = store.create(Submission(fit.fit, fit.arrays, metadata)).id
    return made


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tau", ["formula"]),
        ("EXP(-x", ["formula"]),
        ("Gaussian", ["library"]),
        ("lorentz", ["sum"]),
        ("legendre", ["series"]),
        ("plate 7", ["formula"]),
        ("k\u00f6ln", ["formula"]),
        ("50%_", ["formula"]),
        ("5%_", []),
        ("p_ate", []),
        ("null", []),
        ("name", []),
        ("degree", []),
        ("\\", []),
        ('"', []),
    ],
)
def test_fits_are_found_by_model_and_label(store: Store, ids: dict[str, str], text: str, names: list[str]) -> None:
    assert found(store, text) == [ids[name] for name in names]


def test_a_fit_is_found_by_the_beginning_of_its_id(store: Store, ids: dict[str, str]) -> None:
    own = ids["library"]
    assert found(store, own[:14]) == found(store, own.removeprefix("fit_")[:10].upper()) == [own]
    assert found(store, own[6:]) == []


def test_a_page_of_what_is_found_goes_on_and_is_of_the_caller(store: Store) -> None:
    ids = [store.create(submitted({"model": "a * x"})).id for _ in range(3)]
    store.create(submitted({"model": "b * x"}))
    store.create(submitted({"model": "a * x"}), caller=Caller("ann", "ann"))
    first, has_more = store.page(after=None, limit=2, statuses=(), metadata={}, search="a *")
    assert ([record.id for record in first], has_more) == ([ids[2], ids[1]], True)
    rest, has_more = store.page(after=ids[1], limit=2, statuses=(), metadata={}, search="a *")
    assert ([record.id for record in rest], has_more) == ([ids[0]], False)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_damaged_row_hides_no_other(store: Store, engine: Engine, ids: dict[str, str]) -> None:
    with closing(sqlite3.connect(str(engine.url.database))) as connection:
        connection.execute("UPDATE fits SET request = '{\"model' WHERE id = ?", (ids["sum"],))
        connection.commit()
    assert found(store, "gaussian") == [ids["library"]]
    assert found(store, ids["sum"]) == [ids["sum"]]

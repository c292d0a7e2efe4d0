"""Labels that a spreadsheet would take for formulas."""

import pyarrow as pa
import pytest

from app.jobs.data.csv_labels import with_harmless_labels


@pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_label_that_begins_like_a_formula_gets_an_apostrophe(label: str) -> None:
    rows = with_harmless_labels(pa.table({"curve": [0], "label": [label], "y": [-1.0]}))
    assert rows.to_pydict() == {"curve": [0], "label": ["'" + label], "y": [-1.0]}


@pytest.mark.parametrize("label", ["a", "1-2", "", "'x", "well = 3"])
def test_another_label_stays_as_it_is(label: str) -> None:
    assert with_harmless_labels(pa.table({"label": [label]})).to_pydict() == {"label": [label]}


def test_rows_without_labels_stay_as_they_are() -> None:
    batch = pa.RecordBatch.from_pydict({"y": [1.0]})
    assert with_harmless_labels(batch) is batch

"""Curves by their labels."""

from app.jobs.data.columns import StoredData
from app.jobs.errors import CurveNotFoundError, InvalidRequestError, WrongField
from app.jobs.store.blocks import read_labels
from app.jobs.store.damage import readable
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord


def labels_of(store: Store, record: FitRecord) -> list[str]:
    """Return the labels of the curves of a fit; none where it has none."""
    target = record.fit.target
    if not isinstance(target, StoredData):
        return []
    if not target.in_blocks:
        return target.labels or []
    with reading(store.engine) as connection, readable():
        return read_labels(connection, record.id)


def curve_labelled(store: Store, record: FitRecord, label: str) -> int:
    """Return the number of the curve with a label.

    Raises CurveNotFoundError if there is none, InvalidRequestError at `label` if there are several.
    """
    labels = labels_of(store, record)
    count = labels.count(label)
    if not count:
        raise CurveNotFoundError("no curve of the fit has this label: GET /fit/{id}/curves lists those there are")
    if count > 1:
        raise InvalidRequestError([WrongField(("label",), f"{count} curves have this label: give the number of one")])
    return labels.index(label)

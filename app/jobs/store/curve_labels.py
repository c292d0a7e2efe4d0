"""Curves by their labels."""

from collections import Counter
from collections.abc import Sequence

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
    return curves_labelled(store, record, [label], "label")[0]


def curves_labelled(store: Store, record: FitRecord, wanted: Sequence[str], field: str) -> list[int]:
    """Return the number of the curve with each of the `wanted` labels.

    Raises CurveNotFoundError if there is none, InvalidRequestError at `field` if there are several.
    """
    labels = labels_of(store, record) if wanted else []
    asked = set(wanted)
    counts = Counter(label for label in labels if label in asked)
    for label in wanted:
        if not counts[label]:
            raise CurveNotFoundError("no curve of the fit has this label: GET /fit/{id}/curves lists those there are")
        if counts[label] > 1:
            words = f"{counts[label]} curves have this label: give the number of one"
            raise InvalidRequestError([WrongField((field,), words)])
    numbers = {label: number for number, label in enumerate(labels) if label in counts}
    return [numbers[label] for label in wanted]

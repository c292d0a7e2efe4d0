"""Large measured data in blocks of bounded bytes, so that no write lasts long and some curves are read alone.

They are written before their fit is and deleted after it, a few at a time; those that are left without a fit, because a
process was killed meanwhile, are deleted when a service starts.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, tuple_

from app.jobs.store.database import may_crash_alone, writing
from app.jobs.store.records import pack, unpack
from app.jobs.store.tables import fit_blocks, fits
from app.schemas.status import Status

BLOCK_BYTES = 2**20
"""Most bytes of a block of numbers, and about as many of a block of labels."""
_AT_ONCE = 4
"""Blocks that are written or deleted in one transaction."""
FEW_AT_ONCE = {"yield_per": _AT_ONCE}
"""Execution options of a statement that finds large rows: what is not asked for yet is not in memory."""
_LABELS = "labels"

KEEPERS = select(fits.c.id).where(fits.c.status != Status.EXPIRED.value)
"""The fits whose data are kept."""
_KEY = (fit_blocks.c.name, fit_blocks.c.first)


def write_blocks(
    engine: Engine, fit_id: str, arrays: Mapping[str, "array[float]"], labels: Sequence[str] | None
) -> None:
    """Write the data of a fit that is not there yet; they are on disk when the fit is."""
    rows = _rows(fit_id, arrays, labels)
    while some := list(islice(rows, _AT_ONCE)):
        with writing(engine, durable=may_crash_alone(engine)) as connection:
            connection.execute(insert(fit_blocks), some)


def has_any_block(connection: Connection, fit_id: str) -> bool:
    """Tell whether data of a fit are in blocks."""
    return (
        connection.execute(select(fit_blocks.c.name).where(fit_blocks.c.fit_id == fit_id).limit(1)).first() is not None
    )


def remove_blocks(engine: Engine, fit_id: str) -> None:
    """Delete the data of a fit, if the fit is not there any more, has expired or was never written."""
    while True:
        with writing(engine, durable=False) as connection:
            if connection.execute(KEEPERS.where(fits.c.id == fit_id)).first() is not None:
                return
            keys = connection.execute(select(*_KEY).where(fit_blocks.c.fit_id == fit_id).limit(_AT_ONCE)).all()
            if not keys:
                return
            connection.execute(delete(fit_blocks).where(fit_blocks.c.fit_id == fit_id, tuple_(*_KEY).in_(keys)))


def read_blocks(connection: Connection, fit_id: str) -> tuple[dict[str, "array[float]"], list[str] | None]:
    """Return the data of a fit, by field and name, and the labels of its curves."""
    statement = select(*_KEY, fit_blocks.c.content).where(fit_blocks.c.fit_id == fit_id).order_by(*_KEY)
    rows = connection.execute(statement, execution_options=FEW_AT_ONCE)
    arrays: dict[str, array[float]] = {}
    labels: list[str] | None = None
    for name, blocks in groupby(rows, lambda row: str(row.name)):
        if name == _LABELS:
            labels = [label for block in blocks for label in json.loads(block.content)]
        else:
            arrays[name] = _joined(block.content for block in blocks)
    return arrays, labels


def read_labels(connection: Connection, fit_id: str, curves: range | None = None) -> list[str]:
    """Return the labels of the curves of a fit, or of some that stand side by side; none where it has none."""
    begin, within = fit_blocks.c.first, [fit_blocks.c.fit_id == fit_id, fit_blocks.c.name == _LABELS]
    if curves is not None:
        within += [begin < curves.stop, begin + fit_blocks.c.count > curves.start]
    rows = connection.execute(select(begin, fit_blocks.c.content).where(*within).order_by(begin)).all()
    labels = [label for row in rows for label in json.loads(row.content)]
    offset = rows[0].first if rows else 0
    return labels if curves is None else labels[curves.start - offset : curves.stop - offset]


def read_lengths(connection: Connection, fit_id: str) -> dict[str, int]:
    """Return how many numbers each column of a fit has, by field and name."""
    last = func.max(fit_blocks.c.first + fit_blocks.c.count)
    columns = select(fit_blocks.c.name, last).where(fit_blocks.c.fit_id == fit_id, fit_blocks.c.name != _LABELS)
    return {name: length for name, length in connection.execute(columns.group_by(fit_blocks.c.name))}  # noqa: C416 - dict() would ask for keys


def read_numbers(connection: Connection, fit_id: str, name: str, first: int, last: int) -> "array[float]":
    """Return the numbers first, first + 1, ..., last - 1 of a column."""
    begin = fit_blocks.c.first
    within = (begin < last, begin + fit_blocks.c.count > first)
    statement = select(begin, fit_blocks.c.content).where(
        fit_blocks.c.fit_id == fit_id, fit_blocks.c.name == name, *within
    )
    rows = connection.execute(statement.order_by(begin)).all()
    offset = rows[0].first if rows else 0
    return _joined(row.content for row in rows)[first - offset : last - offset]


def _rows(fit_id: str, arrays: Mapping[str, "array[float]"], labels: Sequence[str] | None) -> Iterator[dict[str, Any]]:
    numbers = BLOCK_BYTES // 8
    for name, values in arrays.items():
        for first in range(0, len(values), numbers):
            some = values[first : first + numbers]
            yield {"fit_id": fit_id, "name": name, "first": first, "count": len(some), "content": pack(some)}
    for first, texts in _label_blocks(labels or ()):
        content = json.dumps(texts).encode()
        yield {"fit_id": fit_id, "name": _LABELS, "first": first, "count": len(texts), "content": content}


def _label_blocks(labels: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    first, texts, size = 0, list[str](), 0
    for label in labels:
        texts.append(label)
        size += len(label.encode())
        if size >= BLOCK_BYTES:
            yield first, texts
            first, texts, size = first + len(texts), [], 0
    if texts:
        yield first, texts


def _joined(contents: Iterable[bytes]) -> "array[float]":
    values: array[float] = array("d")
    for content in contents:
        values += unpack(content)
    return values

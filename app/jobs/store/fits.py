"""The side of the store for clients: create, read, list, cancel and delete fits.

What workers write while they train is in `attempts.py`.
"""

from array import array
from collections.abc import Callable, Collection, Mapping
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, bindparam, delete, exists, literal, select, update
from sqlalchemy.exc import IntegrityError

from app.jobs.callers.caller import ANYBODY, Caller, Reader
from app.jobs.data.columns import StoredData
from app.jobs.errors import (
    FitDamagedError,
    FitEndedError,
    FitExpiredError,
    FitNotEndedError,
    FitNotFoundError,
    TooManyLabelsError,
)
from app.jobs.fit.curve_blocks import MOST_PARTS
from app.jobs.store.belongings import Belongings, curves_data_of, data_of, metadata_of
from app.jobs.store.blocks import has_any_block, remove_blocks, write_blocks
from app.jobs.store.clock import NOW
from app.jobs.store.curves import Curves
from app.jobs.store.damage import readable
from app.jobs.store.database import asking, reading, writing
from app.jobs.store.deliveries import add_deliveries
from app.jobs.store.ends import remove_parts
from app.jobs.store.grouped_writes import GroupedWrites
from app.jobs.store.histories import ThinnedHistory, losses_since, thinned_history, whole_history
from app.jobs.store.new_fits import NewFit, create, known_fit, new_fit_id
from app.jobs.store.news import QUEUED, tell
from app.jobs.store.parts import cancel_left
from app.jobs.store.records import CANCELLED, RECORD_COLUMNS, FitRecord
from app.jobs.store.retries import retried
from app.jobs.store.room import Room
from app.jobs.store.searching import has_text
from app.jobs.store.tables import fit_metadata, fits
from app.jobs.store.waiting import NO_BOUNDS, QueueBounds, Waiting
from app.jobs.submission.resolve import Submission
from app.schemas.request import MOST_LABELS
from app.schemas.status import Status


@dataclass(frozen=True)
class Details:
    """What an answer with one fit has beside the record of the fit."""

    metadata: dict[str, str]
    data: Belongings | None
    history: list[tuple[int, float]]
    """Steps, and the losses after so many updates."""


# Built once: with many small fits, building statements takes longer than carrying them out.
_FIT = select(*RECORD_COLUMNS).where(fits.c.id == bindparam("fit_id"), fits.c.caller == bindparam("caller_name"))
_LOCKED = _FIT.with_for_update()
_STATE = _FIT.with_only_columns(fits.c.number, fits.c.status)
_OF_NUMBER = select(*RECORD_COLUMNS).where(fits.c.number == bindparam("number"))


_NOT_ENDED = {status.value for status in Status if not status.has_ended}


class Store:
    """The store of the fits of one caller, or of one of them, to whom those of others are not there.

    It is safe to use from several threads and processes at once.
    """

    def __init__(
        self,
        engine: Engine,
        bounds: QueueBounds = NO_BOUNDS,
        room: Room | None = None,
        most_parts: int = MOST_PARTS,
    ) -> None:
        self.engine = engine
        self._room = room
        self._reader = Reader()
        self.curves = Curves(engine)
        """The results of curves of the fits, one by one."""
        write = partial(create, waiting=Waiting(bounds), room=room, most_parts=most_parts)
        self._create = GroupedWrites(engine, write, partial(tell, news=[QUEUED]))

    @property
    def reader(self) -> Reader:
        """Return whose fits are read."""
        return self._reader

    def of(self, reader: Reader) -> "Store":
        """Return the store of the fits that are there for this reader, in the same database."""
        other = copy(self)
        other._reader = reader
        return other

    def ping(self) -> None:
        """Raise SQLAlchemyError if the database does not answer."""
        with asking(self.engine) as connection:
            connection.execute(select(literal(1)))

    def create(
        self,
        submission: Submission,
        idempotency_key: str | None = None,
        fit_id: str | None = None,
        caller: Caller = ANYBODY,
    ) -> FitRecord:
        """Store a new fit as queued, perhaps with an id from `new_fit_id`; when this returns, it is on disk.

        With an idempotency key that came before, return the fit that was made then. Raises IdempotencyConflictError if
        that was made from another request, InvalidRequestError where the caller has not the webhook that it names,
        QueueFullError where too many fits wait, StorageFullError where there is no room.
        """
        fit = NewFit(fit_id or new_fit_id(), submission, idempotency_key, caller)
        if not submission.in_blocks:
            return self._created(fit)
        with reading(self.engine) as connection:
            known = known_fit(connection, fit)
            if known is not None:
                return known
            if self._room is not None:
                self._room.let_in(connection, submission.size)
        try:
            write_blocks(self.engine, fit.id, submission.arrays, submission.labels)
            return self._created(fit)
        finally:
            # Where it was not written, or came before.
            self.discard(fit.id)

    def _created(self, fit: NewFit) -> FitRecord:
        try:
            return self._create(fit)
        except IntegrityError:
            if fit.idempotency_key is None:
                raise
            # Another service has written a fit with the same key in this moment: now it is found.
            return self._create(fit)

    def discard(self, fit_id: str) -> None:
        """Delete what was written of a fit that never came to be; one that is there stays as it is."""
        remove_blocks(self.engine, fit_id)

    def get(self, fit_id: str) -> FitRecord:
        """Return one fit. Raises FitNotFoundError."""
        with asking(self.engine) as connection:
            return self._get(connection, fit_id)

    def get_with_losses(
        self, fit_id: str, first_of: Callable[[FitRecord], int | None], max_points: int
    ) -> tuple[FitRecord, list[tuple[int, float]]]:
        """Return one fit as `get` does, and up to `max_points` of its steps and losses.

        They begin with the step that `first_of` returns for the record; None: no losses.
        """
        with reading(self.engine) as connection, readable():
            record = self._get(connection, fit_id)
            first = first_of(record)
            return record, [] if first is None else losses_since(connection, record, first, max_points)

    def get_kept(self, fit_id: str) -> FitRecord:
        """Return one fit whose data and result are there. Raises FitNotFoundError, FitExpiredError."""
        record = self.get(fit_id)
        if record.status is Status.EXPIRED:
            raise FitExpiredError(f"of the fit only status and labels are left: {record.message}")
        return record

    def page(
        self,
        *,
        after: str | None,
        limit: int,
        statuses: Collection[Status],
        metadata: Mapping[str, str],
        search: str | None = None,
    ) -> tuple[list[FitRecord], bool]:
        """Return up to `limit` fits, newest first, older than the fit `after`, and whether there are more.

        `search` is a text that id, model or labels have. A fit that can't be read has its place too; its record raises
        FitDamagedError when it is asked for its request. Raises FitNotFoundError if there is no fit `after`,
        TooManyLabelsError if `metadata` has more labels than a fit.
        """
        if len(metadata) > MOST_LABELS:
            raise TooManyLabelsError(f"filter by at most {MOST_LABELS} labels: a fit has no more")
        conditions: list[ColumnElement[bool]] = [fits.c.caller == self._reader.caller]
        if self._reader.only is not None:
            conditions.append(fits.c.id == self._reader.only)
        if statuses:
            conditions.append(fits.c.status.in_([status.value for status in statuses]))
        for key, value in metadata.items():
            pair = (fit_metadata.c.fit_number == fits.c.number, fit_metadata.c.key == key)
            conditions.append(exists().where(*pair, fit_metadata.c.value == value))
        if search is not None:
            conditions.append(has_text(search))
        with reading(self.engine) as connection:
            if after is not None:
                conditions.append(fits.c.number < self._state(connection, _STATE, after)[0])
            statement = select(*RECORD_COLUMNS).where(*conditions).order_by(fits.c.number.desc()).limit(limit + 1)
            records = _records(connection, statement)
        return records[:limit], len(records) > limit

    def metadata(self, numbers: Collection[int]) -> dict[int, dict[str, str]]:
        """Return the metadata of the fits with these numbers, by number."""
        with asking(self.engine) as connection:
            return metadata_of(connection, numbers)

    def details(self, record: FitRecord, data: bool, history_points: int) -> "Details":
        """Return what an answer with one fit has beside its record: `data`, and up to so many losses."""
        with reading(self.engine) as connection, readable():
            return Details(
                metadata_of(connection, [record.number])[record.number],
                _data(connection, record) if data else None,
                thinned_history(connection, record, history_points).rows if history_points else [],
            )

    def data(self, record: FitRecord) -> Belongings:
        """Return the measured data of a fit."""
        with reading(self.engine) as connection, readable():
            return _data(connection, record)

    def curves_data(
        self, record: FitRecord, data: StoredData, curves: range
    ) -> tuple[StoredData, dict[str, "array[float]"]]:
        """Return the data of some of many curves, which stand side by side, as those of a fit that has only these."""
        with reading(self.engine) as connection, readable():
            return curves_data_of(connection, record.number, record.id, data, curves)

    def history(self, record: FitRecord) -> "array[float]":
        """Return the losses of the steps 0, 1, ... of a fit, up to the step at which its record was read."""
        with reading(self.engine) as connection, readable():
            return whole_history(connection, record)

    def thinned_history(self, record: FitRecord, max_points: int) -> ThinnedHistory:
        """Return at most `max_points` rows of the loss history of a fit."""
        with reading(self.engine) as connection, readable():
            return thinned_history(connection, record, max_points)

    @retried
    def cancel(self, fit_id: str) -> FitRecord:
        """Cancel a queued fit at once; tell a running one to stop at the end of its chunk.

        Raises FitNotFoundError, and FitEndedError for a fit that has ended.
        """
        with writing(self.engine) as connection:
            record = self._get(connection, fit_id, lock=True)
            if record.ended:
                raise FitEndedError(f"the fit has already {_ended_how(record)}: there is nothing to cancel")
            if record.status is Status.QUEUED:
                values = {**CANCELLED.columns(), "finished_at": NOW}
            elif record.status is Status.RUNNING:
                values = {"status": Status.CANCELLING.value, "cancel_requested_at": NOW}
            else:
                return record
            statement = update(fits).where(fits.c.id == fit_id).values(values).returning(*RECORD_COLUMNS)
            tell(connection, [fit_id])
            record = FitRecord.of(connection.execute(statement).one())
            if record.ended:
                add_deliveries(connection, [record.number])
                remove_parts(connection, [record.number])
                return record
            # None of its parts may be in hand in this moment.
            cancel_left(connection, [record.number])
            return self._get(connection, fit_id)

    @retried
    def delete(self, fit_id: str) -> None:
        """Delete a fit and all that belongs to it, also one of which nothing can be read.

        Raises FitNotFoundError, and FitNotEndedError for a fit that has not ended.
        """
        with writing(self.engine) as connection:
            _, status = self._state(connection, _STATE.with_for_update(), fit_id)
            if status in _NOT_ENDED:
                raise FitNotEndedError(f"the fit is {status}: cancel it first, then delete it")
            connection.execute(delete(fits).where(fits.c.id == fit_id))
            tell(connection, [fit_id])
            has_blocks = has_any_block(connection, fit_id)
        if has_blocks:
            remove_blocks(self.engine, fit_id)

    def _get(self, connection: Connection, fit_id: str, lock: bool = False) -> FitRecord:
        with readable():
            row = connection.execute(_LOCKED if lock else _FIT, self._named(fit_id)).one_or_none()
            if row is None:
                raise FitNotFoundError(fit_id)
            return FitRecord.of(row)

    def _state(self, connection: Connection, statement: Select[tuple[int, str]], fit_id: str) -> tuple[int, str]:
        """Return number and status of a fit as they stand in the table."""
        row = connection.execute(statement, self._named(fit_id)).one_or_none()
        if row is None:
            raise FitNotFoundError(fit_id)
        return row.number, row.status

    def _named(self, fit_id: str) -> dict[str, str]:
        """Return what statements about one fit are given. Raises FitNotFoundError where it is not the reader's."""
        # No id has a NUL, and PostgreSQL refuses to look for one.
        if self._reader.only not in (None, fit_id) or "\0" in fit_id:
            raise FitNotFoundError(fit_id)
        return {"fit_id": fit_id, "caller_name": self._reader.caller}


def _records(connection: Connection, statement: Select[Any]) -> list[FitRecord]:
    """Return the fits that a statement finds, also those that can't be read."""
    try:
        with readable():
            return [FitRecord.of(row) for row in connection.execute(statement)]
    except FitDamagedError:
        # The driver stops at the first row that it can't read: look at one after another.
        names = connection.execute(statement.with_only_columns(fits.c.number, fits.c.id)).all()
        return [_record(connection, number, fit_id) for number, fit_id in names]


def _record(connection: Connection, number: int, fit_id: str) -> FitRecord:
    try:
        with readable():
            return FitRecord.of(connection.execute(_OF_NUMBER, {"number": number}).one())
    except FitDamagedError:
        return FitRecord.unreadable(number, fit_id)


def _data(connection: Connection, record: FitRecord) -> Belongings:
    return data_of(connection, record.number, record.id, record.stored_request)


def _ended_how(record: FitRecord) -> str:
    return "been cancelled" if record.status is Status.CANCELLED else record.status

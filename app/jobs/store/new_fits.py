"""New fits, written as queued, and the keys by which a request that comes again makes no second one."""

import hashlib
import uuid
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import Connection, bindparam, insert, select

from app.jobs.callers.caller import ANYBODY, LOCAL, Caller
from app.jobs.data.columns import StoredData
from app.jobs.errors import IdempotencyConflictError
from app.jobs.fit.curve_blocks import MOST_PARTS, parts_of
from app.jobs.fit.stored import StoredFit
from app.jobs.store.belongings import add_belongings, data_of, metadata_of
from app.jobs.store.clock import NOW
from app.jobs.store.damage import readable
from app.jobs.store.parts import cut
from app.jobs.store.records import RECORD_COLUMNS, FitRecord, pack
from app.jobs.store.room import Room
from app.jobs.store.tables import fits
from app.jobs.store.waiting import Waiting
from app.jobs.store.webhooks import check_webhook
from app.jobs.submission.resolve import Submission
from app.schemas.status import Status

# Built once: with many small fits, building statements takes longer than carrying them out.
_INSERT = insert(fits).values(created_at=NOW).returning(fits.c.number, fits.c.created_at)
_OF_KEY = select(*RECORD_COLUMNS, fits.c.request_digest).where(fits.c.idempotency_key == bindparam("key"))
PROCESSOR = "cpu"
"""The device that every worker has."""


def new_fit_id() -> str:
    """Return an id that no fit has."""
    return f"fit_{uuid.uuid4().hex}"


@dataclass(frozen=True)
class NewFit:
    """A fit that is to be stored, unless it came before with its key."""

    id: str
    submission: Submission
    idempotency_key: str | None
    caller: Caller = ANYBODY

    @cached_property
    def stored_key(self) -> str | None:
        """Return the idempotency key as the table, in which it is unique, keeps it: a caller's own.

        That of `local` stands as it came, as older versions kept it; no header has a line break.
        """
        if self.idempotency_key is None or self.caller.name == LOCAL:
            return self.idempotency_key
        return f"{self.caller.name}\n{hashlib.sha256(self.idempotency_key.encode()).hexdigest()}"

    @cached_property
    def digest(self) -> str | None:
        """Return what is the same for the same request; None for a fit without a key."""
        return None if self.idempotency_key is None else _digest(self.submission)


def create(
    connection: Connection, fit: NewFit, waiting: Waiting, room: Room | None = None, most_parts: int = MOST_PARTS
) -> FitRecord:
    """Write a fit as queued, or return the one that was made with its key before.

    Raises IdempotencyConflictError if that was made from another request, InvalidRequestError where the caller has no
    webhook of the name that the fit has, QueueFullError where too many fits wait, StorageFullError where there is no
    room.
    """
    known = known_fit(connection, fit)
    if known is not None:
        return known
    check_webhook(connection, fit.caller.name, fit.submission.webhook)
    if room is not None and not fit.submission.in_blocks:
        room.let_in(connection, fit.submission.size)
    waiting.let_in(connection, fit.caller.turn)
    request, parts = fit.submission.to_json(), parts_of(fit.submission.fit, most_parts)
    row = {
        "id": fit.id,
        "caller": fit.caller.name,
        "turn": fit.caller.turn,
        "status": Status.QUEUED.value,
        "request": request,
        "expected_seconds": fit.submission.expected_seconds,
        "idempotency_key": fit.stored_key,
        "request_digest": fit.digest,
        "webhook": fit.submission.webhook,
        "parts": len(parts) or None,
        "device": None if fit.submission.fit.device == PROCESSOR else fit.submission.fit.device,
    }
    number, created_at = connection.execute(_INSERT, row).one()
    arrays = {} if fit.submission.in_blocks else fit.submission.arrays
    cut(connection, number, parts)
    add_belongings(connection, number, arrays, fit.submission.metadata)
    return FitRecord.queued(number, fit.id, request, created_at, fit.submission.webhook)


def known_fit(connection: Connection, fit: NewFit) -> FitRecord | None:
    """Return the fit that was made with the same key before, if there is one. Raises IdempotencyConflictError."""
    if fit.idempotency_key is None:
        return None
    with readable():
        row = connection.execute(_OF_KEY, {"key": fit.stored_key}).one_or_none()
        if row is None:
            return None
        *columns, known_digest = row
        record = FitRecord.of(columns)
    # The digest of the same request is another one where an older version wrote it in another form.
    if known_digest != fit.digest and not _is_of(connection, record, fit.submission):
        raise IdempotencyConflictError("this Idempotency-Key came before with another request: use a new key")
    return record


def _is_of(connection: Connection, record: FitRecord, submission: Submission) -> bool:
    """Tell whether a fit was made from the same request, as far as it is kept."""
    if record.webhook != submission.webhook:
        return False
    has_same_labels = metadata_of(connection, [record.number])[record.number] == submission.metadata
    if record.status is Status.EXPIRED:
        return has_same_labels and _without_data(record.fit) == _without_data(submission.fit)
    data = data_of(connection, record.number, record.id, record.stored_request)
    # Older versions kept large data as small ones.
    stored = data.with_labels(record.stored_request) if data.arrays else record.stored_request
    return (
        _comparable(StoredFit.from_json(stored)) == _comparable(submission.fit)
        and has_same_labels
        and data.arrays == submission.arrays
    )


def _comparable(fit: StoredFit) -> StoredFit:
    """Return a fit without what depends on the version that keeps it."""
    if not isinstance(fit.target, StoredData):
        return fit
    return replace(fit, target=replace(fit.target, in_blocks=False, missing=None, reading=None))


def _without_data(fit: StoredFit) -> StoredFit:
    """Return a fit without what it has lost once it has expired."""
    kept = _comparable(fit)
    return replace(kept, target=replace(kept.target, labels=None)) if isinstance(kept.target, StoredData) else kept


def _digest(submission: Submission) -> str:
    parts = (submission.fit.to_json(), sorted(submission.metadata.items()))
    digest = hashlib.sha256(repr(parts).encode())
    if submission.webhook is not None:
        digest.update(submission.webhook.encode())
    for name, numbers in submission.arrays.items():
        digest.update(name.encode() + pack(numbers))
    return digest.hexdigest()

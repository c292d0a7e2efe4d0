"""The store of deliveries: messages about the ends of fits, each sent to a webhook until it has arrived."""

import time
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, insert, select, tuple_, update

from app.jobs.callers.webhooks import Webhook
from app.jobs.store.belongings import metadata_of
from app.jobs.store.clock import NOW
from app.jobs.store.database import asking, writing
from app.jobs.store.retries import retried
from app.jobs.store.tables import fits, webhook_deliveries
from app.jobs.store.webhooks import webhook_of

Receiver = tuple[str, str]
"""To whom deliveries go: a caller, and the name of a webhook."""


@dataclass(frozen=True)
class Due:
    """A delivery that is in the hands of this process until its lease ends."""

    id: str
    """What is the same for all tries, by which receivers know a message that comes again."""
    tries: int
    """Number of this try, from 1: what a try with an old number reports changes nothing."""
    receiver: Receiver
    webhook: Webhook | None
    """None where it was removed meanwhile."""
    fit_id: str
    status: str
    reason: str | None
    message: str | None
    metadata: Mapping[str, str]
    ended_at: float
    """Seconds since 1970 UTC."""


@dataclass(frozen=True)
class Delivery:
    """What has become of a delivery until now. Times are seconds since 1970 UTC."""

    id: str
    webhook: str
    tries: int
    last_status: int | None
    last_error: str | None
    next_at: float | None
    delivered_at: float | None


# Built once: with many small fits, building statements takes longer than carrying them out.
_TABLE = webhook_deliveries.c
_ENDED = select(
    fits.c.number.label("fit_number"),
    *(fits.c[name] for name in ("caller", "webhook", "status", "reason", "message")),
    fits.c.finished_at.label("ended_at"),
).where(fits.c.number.in_(bindparam("numbers", expanding=True)), fits.c.webhook.is_not(None))
_ADD = insert(webhook_deliveries)
_DUE = select(_TABLE.number, _TABLE.caller, _TABLE.webhook).where(_TABLE.next_at <= NOW).order_by(_TABLE.next_at)
_CLAIM = (
    update(webhook_deliveries)
    .where(_TABLE.number.in_(bindparam("numbers", expanding=True)), _TABLE.next_at <= NOW)
    .values(next_at=NOW + bindparam("lease_seconds", type_=_TABLE.next_at.type), tries=_TABLE.tries + 1)
    .returning(webhook_deliveries)
)
_LOOKED_AT_ONCE = 256
_MOST_TRIES = 4
_PAUSE_SECONDS = 0.005


def add_deliveries(connection: Connection, numbers: Collection[int]) -> None:
    """Write a delivery for each of the fits with these numbers, which have ended just now, if it names a webhook."""
    if not numbers:
        return
    ended = connection.execute(_ENDED, {"numbers": list(numbers)}).mappings()
    rows = [{**fit, "id": f"msg_{uuid.uuid4().hex}", "next_at": fit["ended_at"]} for fit in ended]
    if rows:
        connection.execute(_ADD, rows)


def claim_due(engine: Engine, lease_seconds: float, most: int, most_of_one: int, busy: Counter[Receiver]) -> list[Due]:
    """Claim up to `most` deliveries that are due, the oldest first, for so many seconds.

    Each receiver gets at most `most_of_one` at once; of these it has those in `busy` already.
    """
    for _ in range(_MOST_TRIES):
        numbers = _due(engine, most, most_of_one, busy)
        claimed = _claim(engine, numbers, lease_seconds) if numbers else []
        if claimed or not numbers:
            return claimed
        # Another service was faster with all of them; behind them others may be due.
        time.sleep(_PAUSE_SECONDS)
    return []


@retried
def _claim(engine: Engine, numbers: list[int], lease_seconds: float) -> list[Due]:
    """Claim those of these deliveries that are due still."""
    values = {"numbers": numbers, "lease_seconds": lease_seconds}
    with writing(engine, durable=False) as connection:
        rows = connection.execute(_CLAIM, values).all()
        named = {(row.caller, row.webhook): webhook_of(connection, row.caller, row.webhook) for row in rows}
        metadata = metadata_of(connection, [row.fit_number for row in rows])
        of_number = select(fits.c.number, fits.c.id).where(fits.c.number.in_(metadata))
        fit_ids = {fit.number: fit.id for fit in connection.execute(of_number)}
    return [
        Due(
            row.id,
            row.tries,
            (row.caller, row.webhook),
            named[row.caller, row.webhook],
            fit_ids[row.fit_number],
            row.status,
            row.reason,
            row.message,
            metadata[row.fit_number],
            row.ended_at,
        )
        for row in rows
    ]


def _due(engine: Engine, most: int, most_of_one: int, busy: Counter[Receiver]) -> list[int]:
    """Return the numbers of deliveries that are due, and whose receivers are not busy with others."""
    busy = busy.copy()
    full = [receiver for receiver, count in busy.items() if count >= most_of_one]
    statement = _DUE.limit(_LOOKED_AT_ONCE)
    if full:
        statement = statement.where(tuple_(_TABLE.caller, _TABLE.webhook).not_in(full))
    numbers: list[int] = []
    with asking(engine) as connection:
        for number, caller, webhook in connection.execute(statement):
            if len(numbers) < most and busy[caller, webhook] < most_of_one:
                busy[caller, webhook] += 1
                numbers.append(number)
    return numbers


def note_try(engine: Engine, due: Due, status: int | None, error: str | None, next_at: float | None) -> None:
    """Write how a try has ended: by a status, or an error in words; `next_at` is when to try again.

    Without `next_at` it is over: the delivery has arrived if there is no error, and is given up otherwise.
    """
    is_this_try = (_TABLE.id == due.id) & (_TABLE.tries == due.tries) & _TABLE.next_at.is_not(None)
    values = {
        "last_status": status,
        "last_error": error,
        "next_at": next_at,
        "delivered_at": NOW if error is None else None,
    }
    with writing(engine, durable=next_at is None) as connection:
        connection.execute(update(webhook_deliveries).where(is_this_try).values(values))


def deliveries_of(engine: Engine, fit_number: int) -> list[Delivery]:
    """Return the deliveries of a fit, in the order in which they were made."""
    columns = [_TABLE[name] for name in Delivery.__dataclass_fields__]
    statement = select(*columns).where(_TABLE.fit_number == fit_number).order_by(_TABLE.number)
    with asking(engine) as connection:
        return [Delivery(*row) for row in connection.execute(statement)]

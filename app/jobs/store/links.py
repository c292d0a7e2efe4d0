"""The store of links to fits."""

from typing import Any

from sqlalchemy import Engine, delete, func, insert, select

from app.jobs.callers.keys import digest_of, new_secret
from app.jobs.callers.links import PREFIX, Link
from app.jobs.errors import LinkNotFoundError, TooManyLinksError
from app.jobs.store.clock import NOW
from app.jobs.store.database import asking, writing
from app.jobs.store.records import FitRecord
from app.jobs.store.tables import fit_links, fits

MOST_LINKS = 100
"""Most links of a fit."""
_SECONDS_A_DAY = 86_400
_LINK = select(
    fit_links.c.number, fits.c.id.label("fit_id"), fits.c.caller, fit_links.c.created_at, fit_links.c.ends_at
).join(fits, fits.c.number == fit_links.c.fit_number)

_OF_NEW = (fit_links.c.number, fit_links.c.created_at, fit_links.c.ends_at)


class LinkStore:
    """The links of all fits; they are deleted with them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def make(self, fit: FitRecord, caller: str, days: float) -> tuple[Link, str]:
        """Make a link to a caller's fit; return it with its secret, which is kept nowhere.

        Links that have ended are forgotten. Raises TooManyLinksError.
        """
        secret = new_secret(PREFIX)
        row = {"fit_number": fit.number, "digest": digest_of(secret)}
        times = {"created_at": NOW, "ends_at": NOW + days * _SECONDS_A_DAY}
        with writing(self.engine) as connection:
            connection.execute(delete(fit_links).where(fit_links.c.ends_at <= NOW))
            # Whoever makes another link to it at the same time waits.
            connection.execute(select(fits.c.number).where(fits.c.number == fit.number).with_for_update())
            counted = select(func.count()).where(fit_links.c.fit_number == fit.number)
            if connection.execute(counted).scalar_one() >= MOST_LINKS:
                raise TooManyLinksError(f"a fit has at most {MOST_LINKS} links: revoke some first")
            made = insert(fit_links).values(**row, **times)
            number, *moments = connection.execute(made.returning(*_OF_NEW)).one()
        return Link(number, fit.id, caller, *moments), secret

    def all(self, fit: FitRecord) -> list[Link]:
        """Return the links to a fit that have not ended, in the order in which they were made."""
        statement = _LINK.where(fit_links.c.fit_number == fit.number, fit_links.c.ends_at > NOW)
        with asking(self.engine) as connection:
            return [_link(row) for row in connection.execute(statement.order_by(fit_links.c.number))]

    def revoke(self, fit: FitRecord, number: int) -> None:
        """Revoke a link to a fit. Raises LinkNotFoundError where it has none of this number."""
        statement = delete(fit_links).where(fit_links.c.fit_number == fit.number, fit_links.c.number == number)
        with writing(self.engine) as connection:
            if not connection.execute(statement).rowcount:
                raise LinkNotFoundError(f"the fit has no link {number}: GET /fit/{{id}}/links lists those there are")

    def of_secret(self, secret: str) -> Link | None:
        """Return the link with this secret that has not ended, if there is one."""
        statement = _LINK.where(fit_links.c.digest == digest_of(secret), fit_links.c.ends_at > NOW)
        with asking(self.engine) as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else _link(row)


def _link(row: Any) -> Link:
    return Link(row.number, row.fit_id, row.caller, row.created_at, row.ends_at)

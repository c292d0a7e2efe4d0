"""The store of callers, their keys, and the sessions of browsers."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Engine, delete, exists, insert, inspect, select, update

from app.jobs.callers.keys import Key, Scope, digest_of, new_secret, scopes_in, words_of
from app.jobs.store.callers import add_caller
from app.jobs.store.clock import NOW
from app.jobs.store.database import asking, reading, writing
from app.jobs.store.tables import keys, sessions

SESSION_SECONDS = 12 * 3600
_KEY = select(keys.c.number, keys.c.caller, keys.c.scopes, keys.c.created_at, keys.c.revoked_at)


class KeyStore:
    """The keys of all callers; changes hold for a running service on the same database too."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def make(self, caller: str, scopes: Collection[Scope]) -> tuple[Key, str]:
        """Make a key for a caller, who need not be known before; return it with its secret, which is kept nowhere.

        Raises ValueError for a name that no caller can have.
        """
        secret = new_secret()
        row = {"caller": caller, "digest": digest_of(secret), "scopes": words_of(scopes), "created_at": NOW}
        with writing(self.engine) as connection:
            add_caller(connection, caller)
            made = insert(keys).values(row).returning(keys.c.number, keys.c.created_at)
            number, created_at = connection.execute(made).one()
        return Key(number, caller, frozenset(scopes), created_at), secret

    def all(self) -> list[Key]:
        """Return all keys, revoked ones too, in the order in which they were made."""
        with asking(self.engine) as connection:
            return [_key(row) for row in connection.execute(_KEY.order_by(keys.c.number))]

    def any_made(self) -> bool:
        """Tell whether a key was ever made: revoking the last one locks the service, it does not open it."""
        with reading(self.engine) as connection:
            # The table may be older than keys.
            if not inspect(connection).has_table(keys.name):
                return False
            return connection.execute(select(exists().select_from(keys))).scalar_one()

    def revoke(self, number: int) -> bool:
        """Revoke a key, with its sessions; return whether there was a good one of this number."""
        is_good = (keys.c.number == number) & keys.c.revoked_at.is_(None)
        with writing(self.engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.key_number == number))
            return connection.execute(update(keys).where(is_good).values(revoked_at=NOW)).rowcount > 0

    def of_secret(self, secret: str) -> Key | None:
        """Return the good key with this secret, if there is one."""
        statement = _KEY.where(keys.c.digest == digest_of(secret), keys.c.revoked_at.is_(None))
        with asking(self.engine) as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else _key(row)

    def of_session(self, secret: str) -> Key | None:
        """Return the good key of an unended session, if there is one."""
        statement = _KEY.join(sessions, sessions.c.key_number == keys.c.number).where(
            sessions.c.digest == digest_of(secret), sessions.c.ends_at > NOW, keys.c.revoked_at.is_(None)
        )
        with asking(self.engine) as connection:
            row = connection.execute(statement).one_or_none()
        return None if row is None else _key(row)

    def begin_session(self, key: Key) -> str:
        """Begin a session of a key, and return its secret; sessions that are over are forgotten."""
        secret = new_secret(prefix="")
        row = {"digest": digest_of(secret), "key_number": key.number, "ends_at": NOW + SESSION_SECONDS}
        with writing(self.engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.ends_at <= NOW))
            connection.execute(insert(sessions).values(row))
        return secret

    def end_session(self, secret: str) -> None:
        """End a session, if there is one with this secret."""
        with writing(self.engine) as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == digest_of(secret)))


def _key(row: Any) -> Key:
    return Key(row.number, row.caller, scopes_in(row.scopes), row.created_at, row.revoked_at)

"""The store of webhooks."""

from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, insert, select

from app.jobs.callers.names import check_name
from app.jobs.callers.webhooks import Webhook, check_url, new_webhook_secret
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.store.callers import add_caller
from app.jobs.store.clock import NOW
from app.jobs.store.database import asking, writing
from app.jobs.store.tables import webhooks

_MOST_NAMED = 5
_COLUMNS = [webhooks.c[name] for name in ("caller", "name", "url", "secret", "created_at")]
_WEBHOOK = select(*_COLUMNS)


class WebhookStore:
    """The webhooks of all callers; changes hold for a running service on the same database too."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def make(self, caller: str, name: str, url: str) -> Webhook:
        """Make a webhook for a caller, who need not be known before, and return it with its secret.

        Raises ValueError for a caller, a name or an address that can't be, and for a name that the caller has already.
        """
        check_name("webhook", name)
        check_url(url)
        with writing(self.engine) as connection:
            add_caller(connection, caller)
            if connection.execute(select(exists().where(*_named(caller, name)))).scalar_one():
                raise ValueError(f"{caller} has a webhook {name} already: remove it first")
            row = {"caller": caller, "name": name, "url": url, "secret": new_webhook_secret(), "created_at": NOW}
            made = insert(webhooks).values(row).returning(*_COLUMNS)
            return _webhook(connection.execute(made).one())

    def all(self) -> list[Webhook]:
        """Return all webhooks, by caller and name."""
        with asking(self.engine) as connection:
            rows = connection.execute(_WEBHOOK.order_by(webhooks.c.caller, webhooks.c.name))
            return [_webhook(row) for row in rows]

    def remove(self, caller: str, name: str) -> bool:
        """Remove a webhook, and tell whether there was one; what is still to be sent to it is given up."""
        with writing(self.engine) as connection:
            return connection.execute(delete(webhooks).where(*_named(caller, name))).rowcount > 0


def webhook_of(connection: Connection, caller: str, name: str) -> Webhook | None:
    """Return the webhook of a caller by its name, if there is one."""
    row = connection.execute(_WEBHOOK.where(*_named(caller, name))).one_or_none()
    return None if row is None else _webhook(row)


def check_webhook(connection: Connection, caller: str, name: str | None) -> None:
    """Raise InvalidRequestError where a fit names a webhook that its caller has not."""
    if name is None or webhook_of(connection, caller, name) is not None:
        return
    names = connection.execute(
        select(webhooks.c.name).where(webhooks.c.caller == caller).order_by(webhooks.c.name).limit(_MOST_NAMED)
    ).scalars()
    there = ", ".join(names) or "none; who runs the service makes one by fit-service webhooks make"
    raise InvalidRequestError([WrongField(("webhook",), f"you have no webhook of this name; there is: {there}")])


def _named(caller: str, name: str) -> tuple[Any, Any]:
    return webhooks.c.caller == caller, webhooks.c.name == name


def _webhook(row: Any) -> Webhook:
    return Webhook(*row)

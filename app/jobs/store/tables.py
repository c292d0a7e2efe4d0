"""The tables. Times are seconds since 1970 UTC; arrays are little-endian float64."""

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.jobs.callers.caller import LOCAL
from app.jobs.store.texts import ClientText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Small rows only: this one is rewritten after every chunk of training.
fits = Table(
    "fits",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("caller", String(64), nullable=False, server_default=LOCAL),
    Column("turn", String(64), nullable=False, server_default=LOCAL),
    Column("status", String(20), nullable=False),
    Column("reason", String(40)),
    Column("message", Text),
    Column("error", JSON(none_as_null=True)),
    Column("request", JSON, nullable=False),
    Column("expected_seconds", Float),
    Column("idempotency_key", String(255), unique=True),
    Column("request_digest", String(64)),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("cancel_requested_at", Float),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("begun_attempt", Integer, nullable=False, server_default="0"),
    Column("lost_workers", Integer, nullable=False, server_default="0"),
    Column("owner", String(40)),
    Column("heartbeat_at", Float),
    Column("step", Integer, nullable=False, server_default="0"),
    Column("loss", Float),
    Column("result", JSON(none_as_null=True)),
    Column("checkpoint", LargeBinary),
    # Name of the webhook of its caller that is told of its end.
    Column("webhook", String(64)),
    # The device that its worker has to have; null: the processor, which all have.
    Column("device", String(20)),
    # Into how many parts it is cut; null: it is trained whole.
    Column("parts", Integer),
    Index("ix_fits_status_number", "status", "number"),
    Index("ix_fits_status_turn_number", "status", "turn", "number"),
    Index("ix_fits_caller_number", "caller", "number"),
    # A number must not come back after its fit is deleted, or a page cursor would lose its place.
    sqlite_autoincrement=True,
)

fit_arrays = Table(
    "fit_arrays",
    metadata,
    Column("fit_number", ForeignKey("fits.number", ondelete="CASCADE"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("numbers", LargeBinary, nullable=False),
)

# Large measured data, instead of rows of fit_arrays: numbers, or labels as JSON. They are written before their fit.
fit_blocks = Table(
    "fit_blocks",
    metadata,
    Column("fit_id", String(40), primary_key=True),
    Column("name", String(60), primary_key=True),
    # Number of its first number or label among all.
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# The losses of the steps first_step, first_step + 1, ...; the loss of the last step is in fits.loss.
fit_losses = Table(
    "fit_losses",
    metadata,
    Column("fit_number", ForeignKey("fits.number", ondelete="CASCADE"), primary_key=True),
    Column("first_step", Integer, primary_key=True, autoincrement=False),
    Column("losses", LargeBinary, nullable=False),
    # Of the steps 99, 199, ... among them.
    Column("every_hundredth", LargeBinary, nullable=False),
)

# Results of some curves of a fit, as Arrow streams (`app/jobs/data/curve_results.py`).
fit_curves = Table(
    "fit_curves",
    metadata,
    Column("fit_number", ForeignKey("fits.number", ondelete="CASCADE"), primary_key=True),
    Column("first_curve", Integer, primary_key=True, autoincrement=False),
    Column("curves", Integer, nullable=False),
    Column("results", LargeBinary, nullable=False),
    Column("losses", LargeBinary, nullable=False),
)

# Curves of a fit that one worker trains at a time. They are deleted with the end of their fit.
fit_parts = Table(
    "fit_parts",
    metadata,
    Column("fit_number", ForeignKey("fits.number", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("first_curve", Integer, nullable=False),
    Column("curves", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("begun_attempt", Integer, nullable=False, server_default="0"),
    Column("lost_workers", Integer, nullable=False, server_default="0"),
    Column("owner", String(40)),
    Column("heartbeat_at", Float),
    # Of the blocks that have ended (`app/jobs/fit/curve_progress.py`), with and without the losses of their steps.
    Column("progress", LargeBinary),
    Column("summary", JSON(none_as_null=True)),
    Index("ix_fit_parts_status_heartbeat_at", "status", "heartbeat_at"),
)

fit_metadata = Table(
    "fit_metadata",
    metadata,
    Column("fit_number", ForeignKey("fits.number", ondelete="CASCADE"), primary_key=True),
    Column("key", ClientText(64), primary_key=True),
    Column("value", ClientText(512), nullable=False),
    Index("ix_fit_metadata_key_value", "key", "value"),
)

# Who has the secret may read the fit.
fit_links = Table(
    "fit_links",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("fit_number", ForeignKey("fits.number", ondelete="CASCADE"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Index("ix_fit_links_fit_number", "fit_number"),
    # A number that was told must not become that of another link.
    sqlite_autoincrement=True,
)

callers = Table(
    "callers",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("created_at", Float, nullable=False),
)

# Of a secret, only the SHA-256 is kept.
keys = Table(
    "keys",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("caller", ForeignKey("callers.name"), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", String(100), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("revoked_at", Float),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("key_number", ForeignKey("keys.number"), nullable=False),
    Column("ends_at", Float, nullable=False),
)

# The secret stands here as it is: messages are signed with it.
webhooks = Table(
    "webhooks",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("caller", ForeignKey("callers.name"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("url", String(2000), nullable=False),
    Column("secret", String(100), nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("caller", "name"),
)

# Written with the end of a fit that names a webhook, so that none is lost.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("fit_number", ForeignKey("fits.number", ondelete="CASCADE"), nullable=False),
    Column("caller", String(64), nullable=False),
    Column("webhook", String(64), nullable=False),
    # How the fit ended: in its own row this changes when it expires.
    Column("status", String(20), nullable=False),
    Column("reason", String(40)),
    Column("message", Text),
    Column("ended_at", Float, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    # When it is tried next, or when the lease of whoever tries it ends; null: it has arrived or is given up.
    Column("next_at", Float),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("delivered_at", Float),
    Index("ix_webhook_deliveries_fit_number", "fit_number"),
    Index("ix_webhook_deliveries_next_at_caller_webhook", "next_at", "caller", "webhook"),
)

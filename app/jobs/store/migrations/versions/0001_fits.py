"""Fits, their arrays, losses and metadata."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "fits",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40)),
        sa.Column("message", sa.Text()),
        sa.Column("error", sa.JSON(none_as_null=True)),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255)),
        sa.Column("request_digest", sa.String(length=64)),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("started_at", sa.Float()),
        sa.Column("finished_at", sa.Float()),
        sa.Column("cancel_requested_at", sa.Float()),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("begun_attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost_workers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner", sa.String(length=40)),
        sa.Column("heartbeat_at", sa.Float()),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("loss", sa.Float()),
        sa.Column("result", sa.JSON(none_as_null=True)),
        sa.Column("checkpoint", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fits")),
        sa.UniqueConstraint("id", name=op.f("uq_fits_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_fits_idempotency_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fits_status_number", "fits", ["status", "number"])

    op.create_table(
        "fit_arrays",
        sa.Column("fit_number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fit_number"], ["fits.number"], name=op.f("fk_fit_arrays_fit_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("fit_number", "name", name=op.f("pk_fit_arrays")),
    )
    op.create_table(
        "fit_losses",
        sa.Column("fit_number", sa.Integer(), nullable=False),
        sa.Column("first_step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("losses", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fit_number"], ["fits.number"], name=op.f("fk_fit_losses_fit_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("fit_number", "first_step", name=op.f("pk_fit_losses")),
    )
    op.create_table(
        "fit_metadata",
        sa.Column("fit_number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=512), nullable=False),
        sa.ForeignKeyConstraint(
            ["fit_number"], ["fits.number"], name=op.f("fk_fit_metadata_fit_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("fit_number", "key", name=op.f("pk_fit_metadata")),
    )
    op.create_index("ix_fit_metadata_key_value", "fit_metadata", ["key", "value"])


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    for table in ("fit_metadata", "fit_losses", "fit_arrays", "fits"):
        op.drop_table(table)

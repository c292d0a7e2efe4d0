"""Parts of fits of many curves, and the devices that workers have to have."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("fits", sa.Column("device", sa.String(length=20)))
    op.add_column("fits", sa.Column("parts", sa.Integer()))
    op.create_table(
        "fit_parts",
        sa.Column("fit_number", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_curve", sa.Integer(), nullable=False),
        sa.Column("curves", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("begun_attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lost_workers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner", sa.String(length=40)),
        sa.Column("heartbeat_at", sa.Float()),
        sa.Column("progress", sa.LargeBinary()),
        sa.Column("summary", sa.JSON(none_as_null=True)),
        sa.ForeignKeyConstraint(
            ["fit_number"], ["fits.number"], name=op.f("fk_fit_parts_fit_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("fit_number", "part", name=op.f("pk_fit_parts")),
    )
    op.create_index(op.f("ix_fit_parts_status_heartbeat_at"), "fit_parts", ["status", "heartbeat_at"])


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("fit_parts")
    op.drop_column("fits", "parts")
    op.drop_column("fits", "device")

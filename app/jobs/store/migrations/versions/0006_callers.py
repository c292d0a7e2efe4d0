"""Whose each fit is, and in whose turn it is trained."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name in ("caller", "turn"):
        op.add_column("fits", sa.Column(name, sa.String(length=64), nullable=False, server_default="local"))
    op.create_index("ix_fits_status_turn_number", "fits", ["status", "turn", "number"])
    op.create_index("ix_fits_caller_number", "fits", ["caller", "number"])


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_index("ix_fits_caller_number", "fits")
    op.drop_index("ix_fits_status_turn_number", "fits")
    for name in ("turn", "caller"):
        op.drop_column("fits", name)

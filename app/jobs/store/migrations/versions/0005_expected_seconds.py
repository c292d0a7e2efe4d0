"""The work that a fit will roughly be, by which fits share a worker; no key of fits that are trained together."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("fits", sa.Column("expected_seconds", sa.Float()))
    op.drop_column("fits", "batch_key")


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.add_column("fits", sa.Column("batch_key", sa.String(length=32)))
    op.drop_column("fits", "expected_seconds")

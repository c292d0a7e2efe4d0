"""The key of fits that may be trained together."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("fits", sa.Column("batch_key", sa.String(length=32)))


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_column("fits", "batch_key")

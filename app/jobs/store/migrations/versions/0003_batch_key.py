"""Which fits may be trained together."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("fits", sa.Column("batch_key", sa.String(length=32)))


def downgrade() -> None:
    """Back."""
    op.drop_column("fits", "batch_key")

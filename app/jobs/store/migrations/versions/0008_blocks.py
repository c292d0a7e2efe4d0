"""Large measured data in blocks."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "fit_blocks",
        sa.Column("fit_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("fit_id", "name", "first", name=op.f("pk_fit_blocks")),
    )


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("fit_blocks")

"""Links by which others read a fit."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "fit_links",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fit_number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("ends_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fit_number"], ["fits.number"], name=op.f("fk_fit_links_fit_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fit_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_fit_links_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_fit_links_fit_number"), "fit_links", ["fit_number"])


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("fit_links")

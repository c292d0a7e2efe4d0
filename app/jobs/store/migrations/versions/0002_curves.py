"""Results of fits of many curves."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "fit_curves",
        sa.Column("fit_number", sa.Integer(), nullable=False),
        sa.Column("first_curve", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("curves", sa.Integer(), nullable=False),
        sa.Column("results", sa.LargeBinary(), nullable=False),
        sa.Column("losses", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fit_number"], ["fits.number"], name=op.f("fk_fit_curves_fit_number"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("fit_number", "first_curve", name=op.f("pk_fit_curves")),
    )


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_table("fit_curves")

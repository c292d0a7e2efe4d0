"""Every hundredth loss once more, for thinning long histories."""

from array import array

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("fit_losses", sa.Column("every_hundredth", sa.LargeBinary(), nullable=False, server_default=""))
    rows = sa.table(
        "fit_losses",
        sa.column("fit_number", sa.Integer()),
        sa.column("first_step", sa.Integer()),
        sa.column("losses", sa.LargeBinary()),
        sa.column("every_hundredth", sa.LargeBinary()),
    )
    connection = op.get_bind()
    for number, first_step in connection.execute(sa.select(rows.c.fit_number, rows.c.first_step)).all():
        this = sa.and_(rows.c.fit_number == number, rows.c.first_step == first_step)
        losses = array("Q", connection.execute(sa.select(rows.c.losses).where(this)).scalar_one())
        some = losses[(99 - first_step) % 100 :: 100].tobytes()
        connection.execute(sa.update(rows).where(this).values(every_hundredth=some))


def downgrade() -> None:
    """Bring the tables back to the revision before."""
    op.drop_column("fit_losses", "every_hundredth")

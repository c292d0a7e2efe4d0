"""Every hundredth loss once more, from which long histories are thinned."""

from array import array

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
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
    """Back."""
    op.drop_column("fit_losses", "every_hundredth")

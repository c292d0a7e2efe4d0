"""The tables as the code has them and as the migrations make them."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from app.jobs.store.database import reading
from app.jobs.store.tables import metadata


def test_the_migrations_make_just_the_tables_of_the_code(engine: Engine) -> None:
    with reading(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []

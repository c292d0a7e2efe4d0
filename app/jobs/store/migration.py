"""The way of the tables to their newest revision; only the service itself takes it, and its workers load no Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

from app.jobs.store.database import UnusableDatabaseError, writing
from app.jobs.store.postgresql import is_postgresql, take_turn_to_migrate
from app.jobs.store.private_files import create_private, sqlite_file

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest revision; make the file of an SQLite database that is new.

    Of several services that start together on one database, one does it, and the others wait.

    Raises UnusableDatabaseError for tables of a revision that this version does not know.
    """
    file = sqlite_file(engine.url.render_as_string())
    if file is not None:
        create_private(file)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        if is_postgresql(connection):
            take_turn_to_migrate(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise UnusableDatabaseError(
                f"it is too new: a newer fit-service has used it ({error}): install that version, or restore a backup"
            ) from None

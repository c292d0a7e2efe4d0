"""A service of a newer version, with tables of a newer revision, beside one of this version on the same database."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import app
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import ENDLESS, RunningService

MIGRATION = '''"""More columns, as a newer version may have them."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"


def upgrade():
    """Bring the tables to this revision."""
    op.add_column("fits", sa.Column("more", sa.String(length=20)))
    op.add_column("fit_parts", sa.Column("more", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_fits_more", "fits", ["more"])
    op.create_table("mores", sa.Column("number", sa.Integer(), primary_key=True))
'''


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """Return the root of a checkout that has one migration more."""
    here = Path(app.__path__[0])
    shutil.copytree(here, tmp_path / "newer" / "app", ignore=shutil.ignore_patterns("__pycache__"))
    migrations = tmp_path / "newer" / "app" / "jobs" / "store" / "migrations" / "versions"
    before = max(path.name for path in migrations.glob("[0-9]*.py")).partition("_")[0]
    (migrations / "9999_more.py").write_text(MIGRATION.format(before=before))
    return tmp_path / "newer"


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.empty_database() as url:
        yield url


@pytest.mark.long
def test_a_newer_service_takes_over_what_the_older_one_accepted(
    database_url: str, newer: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"database_url": database_url, "workers": 1}
    with closing(RunningService(tmp_path_factory.mktemp("older"), **settings)) as older:
        trained = older.post(ENDLESS)["id"]
        older.wait_for_step(trained, 1)
        waiting = [older.post()["id"] for _ in range(5)]
        reached = older.get(trained)["progress"]["step"]

        with closing(RunningService(tmp_path_factory.mktemp("newer"), newer, **settings)) as service:
            # Side by side: each answers for what the other accepted, and the older one still trains.
            assert [older.ended(fit_id)["status"] for fit_id in waiting] == ["succeeded"] * 5
            assert [each.fitted()["status"] for each in (older, service)] == ["succeeded"] * 2
            older.wait_for_step(trained, reached + 1)

            also_waiting = [each.post(ENDLESS)["id"] for each in (older, service, older)]
            older.terminate()
            reached = service.get(trained)["progress"]["step"]
            for fit_id in also_waiting:
                assert service.cancelled(fit_id)["status"] == "cancelled"
            service.wait_for_step(trained, reached + 1)
            assert service.cancelled(trained)["status"] == "cancelled"
            assert service.fitted()["status"] == "succeeded"
            assert "Traceback" not in older.log + service.log

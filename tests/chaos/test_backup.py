"""README's own commands for backup and restore, on a running service."""

import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.running_service import ENDLESS, RunningService

README = Path(__file__).parent.parent.parent / "README.md"
SMALL = {"target": {"points": 50}, "hyperparameters": {"steps": 20}}
DATABASE = "fit-service.db"


def run_command(name: str, folder: Path) -> int:
    """Run the command of the README that stands below <!-- name --> in a folder; return its exit status."""
    block = re.search(rf"<!-- {name} -->\n```sh\n(.*?)\n```", README.read_text(), re.DOTALL)
    assert block is not None
    return subprocess.run(["sh", "-c", block[1]], cwd=folder, check=False).returncode  # noqa: S607


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    return before, after


@pytest.fixture
def running(folders: tuple[Path, Path]) -> Iterator[RunningService]:
    service = RunningService(folders[0], workers=1, database_url=f"sqlite:///{folders[0] / DATABASE}")
    yield service
    service.close()


@pytest.mark.long
def test_a_backup_of_a_running_service_is_restored_with_fits_and_results(
    running: RunningService, folders: tuple[Path, Path]
) -> None:
    before, after = folders
    ended, endless = running.fitted(SMALL), running.post(ENDLESS)
    running.wait_for_step(endless["id"], 10)
    assert run_command("backup", before) == 0
    assert stat.S_IMODE((before / "backup.db").stat().st_mode) == 0o600
    assert run_command("backup", before) != 0, "a backup that is there is not touched"
    losses = running.losses(ended["id"])
    later = running.post(SMALL)
    running.terminate()

    # What is left of another database must not get into the one that is restored.
    for leftover in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (after / leftover).write_bytes(b"of another database")
    (before / "backup.db").rename(after / "backup.db")
    assert run_command("restore", after) == 0
    restored = RunningService(after, workers=1, database_url=f"sqlite:///{after / DATABASE}")
    try:
        assert restored.get(ended["id"]) == ended
        assert restored.losses(ended["id"]) == losses
        step = restored.get(endless["id"])["progress"]["step"]
        restored.wait_for_step(endless["id"], step + 1)
        restored.cancelled(endless["id"])
        assert restored.client.get(f"/fit/{later['id']}").status_code == 404
        assert restored.fitted(SMALL)["result"]["coefficients"] == ended["result"]["coefficients"]
    finally:
        restored.close()

"""Starting the service; tests/chaos has how it ends."""

import subprocess
import sys


def test_a_wrong_setting_ends_the_start_with_one_line() -> None:
    command = [sys.executable, "-m", "app"]
    ended = subprocess.run(command, env={"FIT_PORT": "many"}, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("settings: FIT_PORT: ")
    assert ended.stderr.count("\n") == 1


def test_a_setting_without_a_meaning_is_told_at_the_start() -> None:
    environment = {"FIT_PORT": "many", "FIT_LOOPS_FOLDER": "/tmp"}  # noqa: S108
    command = [sys.executable, "-m", "app"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "settings: FIT_LOOPS_FOLDER has no meaning any more" in ended.stderr


def test_without_keys_the_service_listens_on_loopback_only(tmp_path) -> None:
    environment = {"FIT_HOST": "0.0.0.0", "FIT_DATABASE_URL": f"sqlite:///{tmp_path}/fits.db"}  # noqa: S104
    command = [sys.executable, "-m", "app"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "make a key first" in ended.stderr
    assert ended.stderr.count("\n") == 1

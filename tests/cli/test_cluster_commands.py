"""What the commands of a cluster refuse; tests/jobs/dispatch/test_remote_cluster.py runs them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app

POSTGRESQL = "postgresql+psycopg://somewhere/fits"


def run(*arguments: str, **settings: str) -> Result:
    return CliRunner().invoke(app, arguments, env={f"FIT_{name.upper()}": value for name, value in settings.items()})


def certificates(folder: Path) -> dict[str, str]:
    assert run("certificates", str(folder)).exit_code == 0
    return {f"tls_{name}": str(folder / f"{name}.pem") for name in ("authority", "certificate", "key")}


def test_a_worker_needs_to_know_its_scheduler() -> None:
    refused = run("worker")
    assert refused.exit_code == 1
    assert "FIT_SCHEDULER" in refused.output


def test_a_scheduler_needs_certificates() -> None:
    refused = run("scheduler")
    assert refused.exit_code == 1
    assert "fit-service certificates" in refused.output


@pytest.mark.parametrize("command", ["worker", "serve"])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"scheduler": "tcp://host:8786"}, "must begin with tls://"),
        ({"scheduler": "tls://host"}, "needs a port"),
        ({"database_url": "sqlite:///fits.db"}, "PostgreSQL"),
        ({"tls_key": ""}, "FIT_TLS_KEY"),
    ],
    ids=["unencrypted", "no port", "SQLite", "no key"],
)
def test_what_can_not_be_a_cluster_is_refused_in_one_line(
    tmp_path: Path, command: str, wrong: dict[str, str], words: str
) -> None:
    right = {"scheduler": "tls://host:8786", "database_url": POSTGRESQL, **certificates(tmp_path)}
    refused = run(command, **(right | wrong))
    assert refused.exit_code == 1
    assert words in refused.output
    (told,) = [line for line in refused.output.splitlines() if "is no setting" not in line]
    assert told.startswith("settings: FIT_SCHEDULER ")


@pytest.mark.parametrize("command", ["worker", "serve", "scheduler"])
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("key.pem", None, "FIT_TLS_KEY: there is no file /"),
        ("authority.pem", "nothing", "FIT_TLS_AUTHORITY: "),
        ("key.pem", "nothing", "FIT_TLS_CERTIFICATE, FIT_TLS_KEY: "),
    ],
    ids=["no file", "no authority", "no key"],
)
def test_files_that_are_no_certificates_are_told_by_their_setting(
    tmp_path: Path, command: str, name: str, content: str | None, words: str
) -> None:
    settings = {"scheduler": "tls://host:8786", "database_url": POSTGRESQL, **certificates(tmp_path)}
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_text(content)
    refused = run(command, **settings)
    assert refused.exit_code == 1
    (told,) = [line for line in refused.output.splitlines() if "is no setting" not in line]
    assert told.startswith(f"settings: {words}")


def test_certificates_are_made_once(tmp_path: Path) -> None:
    first, second = run("certificates", str(tmp_path)), run("certificates", str(tmp_path))
    assert "certificates of a new cluster" in first.output
    assert "has certificates already" in second.output

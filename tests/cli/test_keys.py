"""The commands for keys; tests/api/security has what they do to a running service."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIT_DATABASE_URL", f"sqlite:///{tmp_path}/fits.db")
    return tmp_path / "fits.db"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments])


def test_a_key_is_shown_when_it_is_made_and_never_again(database: Path) -> None:
    made = run("make", "ann", "--scope", "read", "--scope", "admin")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert secret.startswith("fsk_")
    listed = run("list").stdout
    assert listed.startswith("1\tann\tread,admin\tmade ")
    assert secret not in listed
    assert secret.encode() not in database.read_bytes()


def test_a_revoked_key_is_listed_as_such() -> None:
    run("make", "ann")
    assert run("revoke", "1").exit_code == 0
    assert "\trevoked " in run("list").stdout


@pytest.mark.parametrize("arguments", [("make", "two words"), ("revoke", "7"), ("make", "ann", "--scope", "all")])
def test_what_can_not_be_done_is_told(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert "Error" in refused.output

"""The commands for webhooks; tests/jobs/notifications has what is sent to them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app

URL = "https://lab.example/fits"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIT_DATABASE_URL", f"sqlite:///{tmp_path}/fits.db")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["webhooks", *arguments])


def test_the_secret_of_a_webhook_is_shown_when_it_is_made_and_never_again() -> None:
    made = run("make", "lab", URL, "--caller", "ann")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert secret.startswith("whsec_")
    listed = run("list").stdout
    assert listed.startswith(f"lab\tann\t{URL}\tmade ")
    assert secret not in listed


def test_a_webhook_is_removed_from_the_caller_that_is_named() -> None:
    run("make", "lab", URL, "--caller", "ann")
    run("make", "lab", URL)
    assert run("remove", "lab").exit_code == 0
    (left,) = run("list").stdout.splitlines()
    assert left.startswith("lab\tann\t")
    assert run("remove", "lab").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [("make", "two words", URL), ("make", "lab", "lab.example"), ("make", "lab", URL, "--caller", ""), ("remove", "x")],
)
def test_what_can_not_be_done_is_told(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert "Error" in refused.output

"""Starting the service, and what ends it at once; tests/chaos has how it ends later."""

import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import uvicorn

from app.main import create_app
from app.server import Server, listening, without_secrets
from app.settings import Settings, SettingsError
from tests.helpers.waiting import wait_until

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command of the service with settings; on a database of its own, where they name none."""

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "FIT_DATABASE_URL": f"sqlite:///{tmp_path}/fits.db", **settings}
        command = [sys.executable, "-m", "app", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def assert_it_ended_with_one_line(ended: subprocess.CompletedProcess[str], beginning: str, words: str) -> None:
    assert ended.returncode == 1
    assert ended.stderr.startswith(beginning)
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "beginning", "words"),
    [
        ({"FIT_PORT": "many"}, "settings: FIT_PORT: ", "integer"),
        ({"FIT_LOOPS_FOLDER": "/tmp"}, "settings: FIT_LOOPS_FOLDER ", "has no meaning any more"),  # noqa: S108
        ({"FIT_HOST": "0.0.0.0", "FIT_PORT": "0"}, "settings: FIT_HOST: ", "make a key first"),  # noqa: S104
        ({"FIT_HOST": "256.0.0.1"}, "settings: FIT_HOST, FIT_PORT: ", "can't be listened on"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line(
    run: Run, settings: dict[str, str], beginning: str, words: str
) -> None:
    assert_it_ended_with_one_line(run(**settings), beginning, words)


@pytest.mark.parametrize("arguments", [(), ("keys", "list")], ids=["service", "keys"])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("no URL", "Could not parse"),
        ("nonsense://somewhere/fits", "nonsense"),
        ("sqlite:////proc/no/fits.db", "can't be used"),
        ("sqlite:///{folder}/text.db", "not a database"),
        ("postgresql+psycopg://ann:opensesame@127.0.0.1:1/fits", "can't be used: connection"),
        ("postgresql+asyncpg://ann:opensesame@127.0.0.1:1/fits", "it must begin with"),
        ("mysql://ann:opensesame@127.0.0.1:1/fits", "it must begin with"),
    ],
)
def test_a_database_that_can_not_be_used_ends_the_start_with_one_line(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], url: str, words: str
) -> None:
    (tmp_path / "text.db").write_text("no database\n" * 100)
    ended = run(*arguments, FIT_PORT="0", FIT_DATABASE_URL=url.format(folder=tmp_path))
    assert_it_ended_with_one_line(ended, "database: ", words)
    assert "opensesame" not in ended.stderr


@pytest.mark.parametrize("arguments", [(), ("keys", "list")], ids=["service", "keys"])
def test_a_database_of_a_newer_version_ends_the_start_with_one_line(
    run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert run("keys", "list").returncode == 0
    with closing(sqlite3.connect(tmp_path / "fits.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert_it_ended_with_one_line(run(*arguments, FIT_PORT="0"), "database: it is too new", "9999")


def test_wrong_settings_end_the_commands_for_keys_with_one_line(run: Run) -> None:
    assert_it_ended_with_one_line(run("keys", "list", FIT_PORT="many"), "settings: FIT_PORT: ", "integer")


def test_a_port_in_use_ends_the_start_with_one_line_before_anything_is_started(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = run(FIT_PORT=str(other.getsockname()[1]))
    assert_it_ended_with_one_line(ended, "settings: FIT_HOST, FIT_PORT: ", "in use")
    assert not (tmp_path / "fits.db").exists()


def test_a_setting_that_never_was_is_told_at_the_start(run: Run) -> None:
    assert "settings: FIT_WORKER is no setting" in run(FIT_PORT="many", FIT_WORKER="1").stderr


@pytest.mark.parametrize("url", ["postgresql://ann:opensesame@host/fits", "postgresql://host/fits?password=opensesame"])
def test_the_start_line_has_no_password(url: str) -> None:
    assert "opensesame" not in without_secrets(url)
    assert "host/fits" in without_secrets(url)


def test_every_address_of_a_host_is_listened_on() -> None:
    sockets = listening("localhost", 0)
    assert {opened.getsockname()[0] for opened in sockets} <= {"127.0.0.1", "::1"}
    assert {opened.proto for opened in sockets} == {socket.IPPROTO_TCP}, "or small answers wait for the client's word"
    (port, *_) = [opened.getsockname()[1] for opened in sockets]
    with pytest.raises(SettingsError, match="in use"):
        listening("localhost", port)
    for opened in sockets:
        opened.close()


def test_the_service_ends_where_its_workers_would_not_come_back(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/fits.db", workers=1))
    server = Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=[listening("127.0.0.1", 0)])
    thread.start()
    wait_until(lambda: server.started, lambda: "the start")
    dask_cluster = app.state.services.cluster._dask_cluster
    dask_cluster.sync(dask_cluster.scheduler.close)
    thread.join()
    assert server.failed

"""PostgreSQL's own: a server that goes and comes back, sessions, services that start together."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from app.jobs.store.database import is_full, open_engine, reading, unavailability, writing
from app.jobs.store.fits import Store
from app.jobs.store.keys import KeyStore
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.stored_fits import submission


@pytest.fixture
def stopped(postgres: PostgresServer, postgres_engine: Engine) -> Iterator[Engine]:
    """Return a database whose server has stopped while it was connected; the server runs again after the test."""
    Store(postgres_engine).ping()
    postgres.stop()
    yield postgres_engine
    postgres.start()


def test_a_server_that_does_not_answer_is_unavailable(stopped: Engine) -> None:
    for _ in range(2):
        with pytest.raises(OperationalError) as caught:
            Store(stopped).ping()
        assert unavailability(caught.value)


def test_a_worker_can_tell_the_service_that_the_server_does_not_answer(stopped: Engine) -> None:
    with pytest.raises(OperationalError) as caught:
        Store(stopped).ping()
    assert unavailability(pickle.loads(pickle.dumps(caught.value)))  # noqa: S301


def test_after_a_restart_of_the_server_nobody_meets_a_lost_connection(
    postgres: PostgresServer, postgres_engine: Engine
) -> None:
    store = Store(postgres_engine)
    fit_id = store.create(submission()).id
    postgres.stop()
    postgres.start()
    assert store.get(fit_id).id == fit_id


def test_a_server_that_stops_in_the_middle_of_a_transaction_is_unavailable(
    postgres: PostgresServer, postgres_engine: Engine
) -> None:
    with pytest.raises(OperationalError) as caught:
        write_while_it_stops(postgres, postgres_engine)
    assert unavailability(caught.value)


def write_while_it_stops(postgres: PostgresServer, engine: Engine) -> None:
    with writing(engine) as connection:
        postgres.stop()
        postgres.start()
        connection.execute(text("SELECT 1"))


@pytest.mark.parametrize(("sqlstate", "full"), [("53100", True), ("53300", False)])
def test_a_full_disk_of_the_server_is_full_and_too_many_connections_are_not(
    postgres_engine: Engine, sqlstate: str, full: bool
) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'of this test' USING ERRCODE = '{sqlstate}'; END $$"
    with pytest.raises(OperationalError) as caught, reading(postgres_engine) as connection:
        connection.execute(text(raising))
    assert (is_full(caught.value), bool(unavailability(caught.value))) == (full, True)


def test_what_is_read_in_a_transaction_is_of_one_moment(postgres_engine: Engine) -> None:
    store = Store(postgres_engine)
    fit_id = store.create(submission()).id
    status = text("SELECT status FROM fits")
    with reading(postgres_engine) as connection:
        before = connection.execute(status).scalar_one()
        store.cancel(fit_id)
        assert connection.execute(status).scalar_one() == before == "queued"


def test_what_nobody_is_told_does_not_wait_for_the_disk(postgres_engine: Engine) -> None:
    setting = text("SHOW synchronous_commit")
    for durable, told in ((False, "off"), (True, "on"), (False, "off")):
        with writing(postgres_engine, durable) as connection:
            assert connection.execute(setting).scalar_one() == told


def test_services_that_start_together_migrate_one_after_another(postgres: PostgresServer) -> None:
    program = "import sys; from app.jobs.store.opening import check; check(sys.argv[1])"
    with postgres.empty_database() as url:
        command = [sys.executable, "-c", program, url]
        started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ}) for _ in range(3)]
        ended = [(process.communicate()[1], process.returncode) for process in started]
        assert ended == [("", 0)] * 3
        engine = open_engine(url)
        assert not KeyStore(engine).any_made()
        engine.dispose()


def test_what_the_url_says_of_the_connection_goes_before(postgres_engine: Engine) -> None:
    named = open_engine(f"{postgres_engine.url.render_as_string()}&application_name=ours")
    with reading(named) as connection:
        assert connection.execute(text("SHOW application_name")).scalar_one() == "ours"
    named.dispose()

"""A service hears what others on its database do, also after its connection was lost."""

from queue import SimpleQueue

from sqlalchemy import Engine

from app.jobs.dispatch.listener import Listener
from app.jobs.store.fits import Store
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.stored_fits import submission
from tests.helpers.waiting import PATIENCE, wait_until


def test_what_others_queue_wakes_and_what_they_end_is_published(
    postgres: PostgresServer, postgres_engine: Engine
) -> None:
    woken: SimpleQueue[None] = SimpleQueue()
    published: SimpleQueue[str] = SimpleQueue()
    listener = Listener(postgres_engine, lambda: woken.put(None), published.put)
    listener.start()
    # It looks once for what came before it listened.
    woken.get(timeout=PATIENCE)
    store = Store(postgres_engine)
    fit_id = store.create(submission()).id
    woken.get(timeout=PATIENCE)
    store.cancel(fit_id)
    assert published.get(timeout=PATIENCE) == fit_id

    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    woken.get(timeout=PATIENCE)
    store.create(submission())
    woken.get(timeout=PATIENCE)
    listener.stop()
    wait_until(woken.empty, lambda: "nothing more")

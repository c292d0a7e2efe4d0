"""The store as the settings ask for it: the service's own, and that of a process beside it."""

from functools import cache

from sqlalchemy import Engine

from app.jobs.store.database import open_engine
from app.jobs.store.fits import Store
from app.jobs.store.room import Room, RoomBounds
from app.jobs.store.waiting import QueueBounds
from app.settings import Settings


def store_on(engine: Engine, settings: Settings) -> Store:
    """Return the store of a database, bounded as the settings say."""
    room = Room(engine, RoomBounds(settings.disk_reserve_bytes, settings.max_stored_bytes))
    return Store(engine, QueueBounds(settings.max_queued, settings.max_queued_of_caller), room, settings.most_parts)


@cache
def store_of_process(settings: Settings) -> Store:
    """Return the store of this process, opened when it is needed first."""
    return store_on(open_engine(settings.database_url), settings)

"""The database of the settings, for commands that work beside a service."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine


@contextmanager
def opened_database() -> "Iterator[Engine]":
    """Open the database that the settings name, which is made if it is not there."""
    from app.jobs.store.database import UnusableDatabaseError  # noqa: PLC0415
    from app.jobs.store.opening import opened  # noqa: PLC0415
    from app.settings import SettingsError, read_settings  # noqa: PLC0415

    try:
        with opened(read_settings(os.environ).database_url) as engine:
            yield engine
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    except UnusableDatabaseError as error:
        sys.exit(f"database: {error}")


def date(seconds: float) -> str:
    """Return a time, in seconds since 1970 UTC, as it is shown."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))

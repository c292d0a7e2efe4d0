"""The store of the tests in this folder."""

import pytest
from sqlalchemy import Engine

from app.jobs.store.fits import Store


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)

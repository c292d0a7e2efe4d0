"""The databases of the tests in this folder."""

import pytest
from sqlalchemy import Engine


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return an empty database of each kind."""
    opened: Engine = request.getfixturevalue(f"{request.param}_engine")
    return opened

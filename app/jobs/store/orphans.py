"""Data whose fit never came to be, as the service that wrote them was killed in between."""

from sqlalchemy import Engine, select

from app.jobs.store.blocks import KEEPERS, remove_blocks
from app.jobs.store.database import asking
from app.jobs.store.tables import fit_blocks

_ORPHANS = select(fit_blocks.c.fit_id).where(fit_blocks.c.fit_id.not_in(KEEPERS)).distinct()


def remove_orphans(engine: Engine) -> None:
    """Delete all data without a fit; no other service may be writing meanwhile."""
    for fit_id in _orphans(engine):
        remove_blocks(engine, fit_id)


class Orphans:
    """Data without a fit in a database to which several services write: what one is writing looks the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: frozenset[str] = frozenset()

    def remove_known(self) -> None:
        """Delete the data that had no fit when this was called before, if they still have none."""
        orphans = _orphans(self._engine)
        for fit_id in orphans & self._seen:
            remove_blocks(self._engine, fit_id)
        self._seen = orphans - self._seen


def _orphans(engine: Engine) -> frozenset[str]:
    with asking(engine) as connection:
        return frozenset(connection.scalars(_ORPHANS))

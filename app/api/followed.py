"""A fit that a stream follows: what is new of it since its client was told last."""

from collections.abc import Iterator
from typing import NamedTuple

from app.api.event_ids import GONE, Position
from app.api.fit_presentation import present_snapshot
from app.jobs.errors import FitDamagedError, FitNotFoundError
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.snapshot import FitGone, Snapshot

MOST_LOSSES = 100
"""Most losses of a snapshot, of which ten come in a second."""
MOST_FIRST_LOSSES = 1000
"""Most losses of the first snapshot that has some: of all of the history so far, or since a connection was lost."""


class Event(NamedTuple):
    """An event of a stream."""

    name: str
    data: Snapshot | FitGone


class Followed:
    """A fit, and how much of it the client was told."""

    def __init__(self, fit_id: str, position: Position | None = None) -> None:
        """Follow a fit, perhaps from the position on at which a client lost its connection."""
        self.fit_id = fit_id
        self.position = position
        self._last: Snapshot | None = None
        self._most_losses = MOST_FIRST_LOSSES

    @property
    def is_done(self) -> bool:
        """Tell whether the client was told of the end, or that the fit is gone."""
        return self.position is not None and self.position.has_ended

    def news(self, store: Store) -> list[Event]:
        """Return what the client is to be told; nothing where nothing has changed. To be called in a thread."""
        try:
            record, losses = store.get_with_losses(self.fit_id, self._first_loss, self._most_losses)
            return [Event("snapshot", snapshot) for snapshot in self._snapshots(record, losses)]
        except (FitNotFoundError, FitDamagedError) as error:
            self.position = GONE
            return [Event("gone", FitGone(fit=self.fit_id, type=error.problem.type, detail=str(error)))]

    def _first_loss(self, record: FitRecord) -> int | None:
        """Return the first step whose loss is not told yet; None where no losses can be told yet."""
        if record.fit.curves is not None:
            return 0 if record.ended else None
        known = self.position
        return known.step + 1 if known is not None and known.step and known.is_behind(record) else 0

    def _snapshots(self, record: FitRecord, losses: list[tuple[int, float]]) -> Iterator[Snapshot]:
        if self.position is not None:
            yield from (present_snapshot(record, (), status) for status in self.position.missed(record))
        snapshot = present_snapshot(record, losses)
        self.position = Position.of(record)
        if losses:
            self._most_losses = MOST_LOSSES
        without_losses = snapshot.model_copy(update={"losses": []})
        if without_losses != self._last:
            self._last = without_losses
            yield snapshot

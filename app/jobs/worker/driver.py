"""The driver of the work on a fit: it goes on piece by piece, writes reports, and sends heartbeats in between."""

import time
from collections.abc import Generator
from typing import TypeVar

from sqlalchemy import Engine

from app.jobs.store.attempts import Attempt, ChunkReport, heartbeat, report_chunk
from app.jobs.worker.preparation import PIECE_SECONDS

Answer = TypeVar("Answer")
Pieces = Generator[ChunkReport | None, None, Answer]
"""Work that stops now and then, with a report or only for a moment's rest, and returns its answer."""


class StoppedError(Exception):
    """The fit has been cancelled, or another worker has it."""


def driven(engine: Engine, attempt: Attempt, fit_number: int, pieces: Pieces[Answer]) -> Answer:
    """Do pieces of work to the end, and return their answer. Raises StoppedError if the fit is not to go on."""
    beaten = time.monotonic()
    while True:
        try:
            report = next(pieces)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        if report is not None:
            goes_on = report_chunk(engine, attempt, fit_number, report) or report.ending is not None
        elif time.monotonic() - beaten >= PIECE_SECONDS:
            goes_on = heartbeat(engine, attempt)
        else:
            continue
        if not goes_on:
            raise StoppedError
        beaten = time.monotonic()

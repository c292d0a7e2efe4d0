"""The work of a worker process on the fits that it is handed."""

import asyncio
import gc
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial

import torch
from sqlalchemy import Engine

from app.jobs.calculations.memory import limit_memory
from app.jobs.data.columns import StoredData
from app.jobs.store.attempt import Attempt
from app.jobs.store.database import open_engine
from app.jobs.store.work import Work
from app.jobs.worker.driver import Pieces, driven, guarded
from app.jobs.worker.handful import Handful
from app.jobs.worker.many_curves import train_many
from app.jobs.worker.one_curve import train_one
from app.jobs.worker.warming import warm_up
from app.settings import Settings


def set_up() -> None:
    """Set up a worker process, once when it starts."""
    # One fit a process and one process a core: more threads would only fight for the cores.
    torch.set_num_threads(1)
    # Ctrl-C reaches the whole process group; the service stops its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up()
    # The libraries stay: the garbage collector need not look through them again and again.
    gc.freeze()
    gc.enable()


@cache
def _engine(database_url: str | None) -> Engine:
    # Nobody waits for a worker's answer, so it may wait long for the database.
    return open_engine(database_url or Settings().database_url, patience_seconds=60)


class WorkerBusyError(RuntimeError):
    """The worker is at work on other fits, perhaps of another service."""


@dataclass(frozen=True)
class WorkerSettings:
    """The settings that a worker process is handed with each handful of fits."""

    database_url: str | None = field(repr=False)
    """It may have a password, which belongs into no log; None: the worker has a setting of its own."""
    chunk_seconds: float
    most_bytes: int | None = None
    """Memory that the process may take for a fit; None: no bound."""


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "fits")


_under_way: dict[tuple[Attempt, ...], tuple[Handful, "asyncio.Future[None]"]] = {}

_at_work: set["asyncio.Future[None]"] = set()


async def work_on(settings: WorkerSettings, attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Train a handful of fits until some have ended or gone back to the queue; return the others, to be gone on with.

    They are trained in a thread beside the worker's event loop, which has to go on sending heartbeats. Raises
    WorkerBusyError while others are.
    """
    if _at_work:
        raise WorkerBusyError("the worker is at work on other fits")
    handful = Handful(_engine(settings.database_url), attempts)
    training = asyncio.get_running_loop().run_in_executor(_thread(), _train, settings, handful)
    _at_work.add(training)
    training.add_done_callback(_at_work.discard)
    return await _with_news(settings, handful, training, attempts)


def is_at_work() -> bool:
    """Tell whether this worker trains anything, for whichever service."""
    return bool(_at_work)


async def go_on(settings: WorkerSettings, attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """Go on with what `work_on`, or this function, has returned, until there is news again."""
    return await _with_news(settings, *_under_way.pop(attempts), attempts)


async def _with_news(
    settings: WorkerSettings, handful: Handful, training: "asyncio.Future[None]", attempts: tuple[Attempt, ...]
) -> tuple[Attempt, ...]:
    """Wait until some of the fits are no longer in hand; return those that still are."""
    left = attempts
    while len(left) > 1:
        await asyncio.wait([training], timeout=settings.chunk_seconds)
        if training.done():
            break
        left = await asyncio.to_thread(handful.look, settings.chunk_seconds)
        if left and set(left) != set(attempts):
            _under_way[left] = handful, training
            return left
    await training
    return ()


def run_fits(settings: WorkerSettings, attempts: Sequence[Attempt]) -> None:
    """Train fits until each ends, is cancelled, or is handed to another worker.

    Raises the error of a database that can't be used at the moment; the fits then go on from their checkpoints later.
    """
    _train(settings, Handful(_engine(settings.database_url), attempts))


@cache
def _limit_once(most_bytes: int | None) -> None:
    """Limit the memory of this process, if its fits are trained in it and not on a device."""
    if most_bytes is not None and not torch.cuda.is_available():
        limit_memory(most_bytes)


def _train(settings: WorkerSettings, handful: Handful) -> None:
    _limit_once(settings.most_bytes)
    engine = _engine(settings.database_url)
    for attempt, work in handful.fits():
        pieces = _trained(work, settings.chunk_seconds)
        tell = partial(handful.report, attempt, work.fit_number)
        guarded(engine, attempt, partial(driven, engine, attempt, pieces, tell))


def _trained(work: Work, chunk_seconds: float) -> Pieces[None]:
    target = work.fit.target
    if isinstance(target, StoredData) and target.curves is not None:
        yield from train_many(work, target, chunk_seconds)
    else:
        yield from train_one(work, chunk_seconds)

"""Hands queued fits to workers, and again when a worker is lost; one thread."""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from queue import SimpleQueue

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.jobs.dispatch.cluster import Cluster, WorkerLostError
from app.jobs.store import queue
from app.jobs.store.attempts import Attempt, end
from app.jobs.store.records import Ending
from app.jobs.worker.loops import Loops
from app.jobs.worker.process import DATABASE_AWAY
from app.schemas.status import Reason
from app.settings import Settings

logger = logging.getLogger(__name__)

BUSY_SECONDS = 0.2
IDLE_SECONDS = 1.0


class Dispatcher:
    """Looks at the table whenever it is woken, and at least every second."""

    def __init__(
        self, engine: Engine, cluster: Cluster, settings: Settings, loops: Loops, on_end: Callable[[str], None]
    ) -> None:
        self.owner = uuid.uuid4().hex
        self._engine = engine
        self._cluster = cluster
        self._settings = settings
        self._loops = loops
        self._on_end = on_end
        self._ended: SimpleQueue[tuple[Attempt, BaseException | None]] = SimpleQueue()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._kept_up = time.monotonic()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def ping(self) -> None:
        """Raises RuntimeError if fits are not handed out at the moment."""
        if not self._thread.is_alive():
            raise RuntimeError("the dispatcher has stopped: restart the service")
        if self._failing:
            raise RuntimeError("the dispatcher can't use the database")

    def start(self) -> None:
        """Begin to hand out fits."""
        self._thread.start()

    def wake(self) -> None:
        """There is something to do: look now."""
        self._wake.set()

    def stop(self) -> None:
        """Hand nothing out any more and queue again what is under way; from its checkpoint it goes on later."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        try:
            queue.release(self._engine, self.owner)
        except SQLAlchemyError as error:
            # The next start, or the end of the lease, does the same.
            logger.warning("the running fits could not be queued again: %s", error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(BUSY_SECONDS if self._cluster.running else IDLE_SECONDS)
            self._wake.clear()
            try:
                self._look()
                self._failing = False
            except Exception:
                # The table is the truth: it will say again what is to do once database and scheduler answer.
                self._failing = True
                logger.exception("fits can't be handed out at the moment; trying again")
                self._stopping.wait(IDLE_SECONDS)

    def _look(self) -> None:
        while not self._ended.empty():
            self._settle(*self._ended.get())
        if self._cluster.running:
            self._stop_overdue()
        self._keep_up()
        if not self._stopping.is_set():
            self._hand_out()

    def _stop_overdue(self) -> None:
        for overdue in queue.cancel_overdue(self._engine, self.owner, self._settings.cancel_seconds):
            self._on_end(overdue.attempt.fit_id)
            if overdue.begun:
                self._cluster.replace_worker_of(overdue.attempt)

    def _hand_out(self) -> None:
        free = self._cluster.free_slots
        for group in queue.claim(self._engine, self.owner, free, self._loops.serves) if free else ():
            try:
                self._cluster.submit(group, self._done)
            except Exception:
                for attempt in group:
                    queue.release_attempt(self._engine, attempt)
                raise

    def _done(self, attempt: Attempt, error: BaseException | None) -> None:
        self._ended.put((attempt, error))
        self._on_end(attempt.fit_id)
        self._wake.set()

    def _settle(self, attempt: Attempt, error: BaseException | None) -> None:
        if error is None:
            return
        if isinstance(error, WorkerLostError):
            logger.warning("%s lost its worker process", attempt.fit_id)
            queue.worker_lost(self._engine, attempt, self._settings.max_lost_workers)
        elif isinstance(error, DATABASE_AWAY):
            logger.warning("%s could not be trained at the moment: %s", attempt.fit_id, error)
            queue.release_attempt(self._engine, attempt)
            self._stopping.wait(IDLE_SECONDS)
        else:
            logger.error("%s failed outside its training", attempt.fit_id, exc_info=error)
            end(self._engine, attempt, Ending.failed(Reason.INTERNAL_ERROR, "the worker could not run the fit"))
        self._on_end(attempt.fit_id)

    def _keep_up(self) -> None:
        if time.monotonic() - self._kept_up < self._settings.lease_seconds / 3:
            return
        self._kept_up = time.monotonic()
        queue.renew(self._engine, self._cluster.running)
        queue.release_silent(self._engine, self._settings.lease_seconds)
        self._cluster.replace_lost_workers()

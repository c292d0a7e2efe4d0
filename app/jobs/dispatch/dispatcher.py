"""The dispatcher: a thread that hands queued fits to workers, and hands them out again when a worker is lost."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue

from sqlalchemy import Engine

from app.jobs.dispatch.cluster import Cluster, NotTakenError, NoWorkerError, WorkerLostError
from app.jobs.dispatch.endings import Endings
from app.jobs.store import queue
from app.jobs.store.attempt import Attempt, PartAttempt
from app.jobs.store.attempts import end
from app.jobs.store.database import unavailability
from app.jobs.store.records import Ending
from app.jobs.store.turns import Turns
from app.jobs.worker.giving_up import give_up_part
from app.operations.logs import fields
from app.operations.metrics import LEASE_LOSSES
from app.schemas.status import Reason
from app.settings import Settings

logger = logging.getLogger(__name__)

BUSY_SECONDS = 0.2
IDLE_SECONDS = 1.0


class Dispatcher:
    """A thread that looks at the table whenever it is woken, and at least every second."""

    def __init__(self, engine: Engine, cluster: Cluster, settings: Settings, on_end: Callable[[str], None]) -> None:
        self.owner = uuid.uuid4().hex
        self._engine = engine
        self._cluster = cluster
        self._settings = settings
        self._on_end = on_end
        self._ended: SimpleQueue[tuple[Sequence[Attempt], BaseException | None]] = SimpleQueue()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._kept_up = self._stopped_overdue = time.monotonic()
        self._failure: str | None = None
        self._is_away = False
        """Whether a worker could not use the database: there is no hurry to hand out what it gave back."""
        self._turns = Turns()
        self._endings = Endings(engine)
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def ping(self) -> None:
        """Raise RuntimeError if fits are not handed out at the moment."""
        if not self._thread.is_alive():
            raise RuntimeError("the dispatcher has stopped: restart the service")
        if self._failure is not None:
            raise RuntimeError("the dispatcher can't hand out fits at the moment: the log of the service says why")

    def start(self) -> None:
        """Begin to hand out fits."""
        self._thread.start()

    def wake(self) -> None:
        """Look at the table now, because there is something to do."""
        self._wake.set()

    def note_end(self, fit_id: str) -> None:
        """Tell the log that a fit has ended that was in nobody's hands."""
        self._endings.note([fit_id])
        self.wake()

    def stop(self) -> None:
        """Stop handing out fits, and queue those under way again; they go on from their checkpoints later."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        try:
            queue.release(self._engine, self.owner)
        except Exception as error:
            reason = unavailability(error)
            if reason is None:
                raise
            # The next start, or the end of the lease, does the same.
            logger.warning("the running fits could not be queued again: %s", reason)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(BUSY_SECONDS if self._cluster.running else IDLE_SECONDS)
            self._wake.clear()
            try:
                self._look()
                self._failure = None
            except Exception as error:
                # The table is the truth: it will say again what is to do once database and scheduler answer.
                self._note_failure(error)
                self._stopping.wait(IDLE_SECONDS)

    def _note_failure(self, error: Exception) -> None:
        """Log why fits can't be handed out: once, and not with each try as long as the reason stays the same."""
        reason = unavailability(error)
        before, self._failure = self._failure, reason or repr(error)
        if self._failure == before:
            return
        if reason is not None:
            logger.warning("fits can't be handed out at the moment; trying again: %s", reason)
        else:
            logger.error("fits can't be handed out; trying again", exc_info=error)

    def _look(self) -> None:
        # First of all: whatever fails below, what is under way stays in the hands of those who have it.
        self._keep_up()
        self._is_away = False
        failure = self._settle_all()
        if self._cluster.running and time.monotonic() - self._stopped_overdue >= BUSY_SECONDS / 2:
            self._stop_overdue()
        if self._is_away:
            self._stopping.wait(IDLE_SECONDS)
        if not self._stopping.is_set():
            self._hand_out()
        # Last of all: nobody waits for it.
        self._endings.tell()
        if failure is not None:
            raise failure

    def _settle_all(self) -> Exception | None:
        """Settle what is over, and return why some of it has to wait; what else there is to do goes on."""
        try:
            while not self._ended.empty():
                self._settle_or_keep(*self._ended.get())
        except Exception as error:
            return error
        return None

    def _stop_overdue(self) -> None:
        self._stopped_overdue = time.monotonic()
        for overdue in queue.cancel_overdue(self._engine, self.owner, self._settings.cancel_seconds):
            self._on_end(overdue.attempt.fit_id)
            if overdue.begun:
                self._cluster.replace_worker_of(overdue.attempt)

    def _hand_out(self) -> None:
        # Those that have least come first, so that others are left for what only they can train.
        for devices, workers in sorted(self._cluster.free_workers().items(), key=lambda free: len(free[0])):
            handfuls = queue.claim(self._engine, self.owner, workers, self._turns, devices)
            while handfuls:
                try:
                    self._submit(handfuls.pop(0), devices)
                except Exception:
                    queue.release_attempts(self._engine, [attempt for handful in handfuls for attempt in handful])
                    raise

    def _submit(self, handful: Sequence[Attempt], devices: frozenset[str]) -> None:
        try:
            self._cluster.submit(handful, devices, self._done)
        except NoWorkerError:
            # The worker went in this moment; a new one is on its way.
            queue.release_attempts(self._engine, handful)
        except Exception as error:
            queue.release_attempts(self._engine, handful)
            raise RuntimeError(f"{_names(handful)} could not be handed to a worker") from error
        else:
            for attempt in handful:
                part = attempt.part if isinstance(attempt, PartAttempt) else None
                what = "fit begun" if part is None else "part begun"
                logger.info(what, extra=fields(fit=attempt.fit_id, part=part, attempt=attempt.number))

    def _done(self, attempts: Sequence[Attempt], error: BaseException | None) -> None:
        self._ended.put((attempts, error))
        for attempt in attempts:
            self._on_end(attempt.fit_id)
        self._wake.set()

    def _settle_or_keep(self, attempts: Sequence[Attempt], error: BaseException | None) -> None:
        try:
            self._settle(attempts, error)
        except Exception as failed:
            if unavailability(failed) is not None:
                # Nobody waits for the end of their lease once the database answers again.
                self._ended.put((attempts, error))
            raise

    def _settle(self, attempts: Sequence[Attempt], error: BaseException | None) -> None:
        if error is not None:
            self._settle_failed(attempts, error)
        self._endings.note(attempt.fit_id for attempt in attempts)

    def _settle_failed(self, attempts: Sequence[Attempt], error: BaseException) -> None:
        reason = unavailability(error)
        if isinstance(error, WorkerLostError):
            logger.warning("worker process lost with %s", _names(attempts))
            self._blame(attempts, self._note_loss)
        elif isinstance(error, NotTakenError):
            queue.release_attempts(self._engine, attempts)
        elif reason is not None:
            logger.warning(
                "the database can't be used at the moment; training goes on later of %s: %s", _names(attempts), reason
            )
            queue.release_attempts(self._engine, attempts)
            self._is_away = True
        else:
            logger.error("failed outside of training: %s", _names(attempts), exc_info=error)
            failed = Ending.failed(Reason.INTERNAL_ERROR, "the worker could not run the fit")
            self._blame(attempts, partial(end, ending=failed))
        for attempt in attempts:
            self._on_end(attempt.fit_id)

    def _note_loss(self, engine: Engine, attempt: Attempt) -> None:
        is_given_up = queue.worker_lost(engine, attempt, self._settings.max_lost_workers)
        if is_given_up and isinstance(attempt, PartAttempt):
            give_up_part(engine, attempt)

    def _blame(self, attempts: Sequence[Attempt], settle: Callable[[Engine, Attempt], None]) -> None:
        """Settle the fit that a worker could not do; of several nobody knows which it was: each is tried by itself."""
        if len(attempts) == 1:
            settle(self._engine, attempts[0])
        else:
            queue.release_attempts(self._engine, attempts)

    def _keep_up(self) -> None:
        if time.monotonic() - self._kept_up < self._settings.lease_seconds / 3:
            return
        self._kept_up = time.monotonic()
        queue.renew(self._engine, self._cluster.running)
        LEASE_LOSSES.inc(queue.release_silent(self._engine, self._settings.lease_seconds))
        self._cluster.give_up_lost_workers()


def _names(attempts: Sequence[Attempt]) -> str:
    return ", ".join(attempt.fit_id for attempt in attempts)

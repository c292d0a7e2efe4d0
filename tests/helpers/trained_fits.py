"""Fits as they are submitted and trained, without HTTP and in the process of the test."""

from typing import Any

from sqlalchemy import Engine

from app.jobs.fit.curve_blocks import MOST_PARTS
from app.jobs.store import queue
from app.jobs.store.attempt import Attempt
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.store.turns import Turns
from app.jobs.submission.resolve import Submission, resolve
from app.jobs.worker.process import WorkerSettings, run_fits
from app.schemas.request import FitRequest
from app.settings import Settings

ONE_CHUNK = 3600.0


def submitted(body: dict[str, Any]) -> Submission:
    """Return a request as the service would store it."""
    return resolve(FitRequest.model_validate(body), Settings(), ["cpu"])


def worker_settings(engine: Engine, chunk_seconds: float = ONE_CHUNK) -> WorkerSettings:
    """Return what a worker that trains the fits of a database is told."""
    return WorkerSettings(engine.url.render_as_string(), chunk_seconds)


def run(engine: Engine, attempt: Attempt) -> None:
    """Train a fit as a worker does, in one chunk."""
    run_fits(worker_settings(engine), [attempt])


def trained(engine: Engine, body: dict[str, Any], most_parts: int = MOST_PARTS) -> FitRecord:
    """Store a fit, train it to its end, part by part, and return its record."""
    store, turns = Store(engine, most_parts=most_parts), Turns()
    fit_id = store.create(submitted(body)).id
    while handfuls := queue.claim(engine, "me", 1, turns):
        run(engine, handfuls[0][0])
    return store.get(fit_id)

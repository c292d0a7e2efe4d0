"""The one place where everything is wired together."""

import gc
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from app.api import (
    bodies,
    catalogue,
    curves,
    data,
    devices,
    error_handlers,
    exports,
    fits,
    health,
    histories,
    openapi,
    pages,
    predictions,
    problem_pages,
)
from app.api.security import sessions
from app.api.security.access import Access
from app.api.security.key_ring import KeyRing
from app.api.security.origins import CORS, Origins
from app.api.security.response_headers import ResponseHeaders
from app.api.services import Services
from app.api.unexpected_errors import UnexpectedErrors
from app.jobs.dispatch.cluster import local_cluster
from app.jobs.dispatch.dispatcher import Dispatcher
from app.jobs.dispatch.events import Events
from app.jobs.store import queue
from app.jobs.store.database import open_engine, sole_service
from app.jobs.store.fits import Store
from app.jobs.store.keys import KeyStore
from app.jobs.store.migration import migrate
from app.jobs.store.waiting import QueueBounds
from app.jobs.worker.process import WorkerSettings
from app.settings import Settings

_ROUTERS = [
    room.router
    for room in (
        fits,
        histories,
        curves,
        data,
        predictions,
        exports,
        catalogue,
        devices,
        health,
        pages,
        problem_pages,
        sessions,
    )
]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; without `settings`, those of the environment are taken."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        events = Events()
        with ExitStack() as stack:
            app.state.services = await run_in_threadpool(_start, settings, events, stack)
            # What is there now stays: the garbage collector need not look through all of it again and again.
            gc.freeze()
            yield
            events.close()
            await run_in_threadpool(stack.close)
        # What worker processes had in common with this one is given back only when it is collected.
        gc.unfreeze()
        gc.collect()

    app = FastAPI(
        title="fit-service",
        version=version("fit-service"),
        description=openapi.DESCRIPTION,
        root_path=settings.root_path,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    error_handlers.install(app)
    app.add_middleware(bodies.BodyLimit, max_body_bytes=settings.max_body_bytes)
    app.add_middleware(Access)
    origins = settings.listed("cors_origins")
    if origins:
        app.add_middleware(CORSMiddleware, **CORS, allow_origins=origins)
    app.add_middleware(Origins, hosts=(settings.host, *settings.listed("allowed_hosts")), origins=origins)
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(ResponseHeaders)
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    openapi.install(app)
    return app


def _start(settings: Settings, events: Events, stack: ExitStack) -> Services:
    """Open the store, start cluster and dispatcher, and return them; `stack` closes them in the reverse order."""
    alone = stack.enter_context(sole_service(settings.database_url))
    engine = open_engine(settings.database_url)
    stack.callback(engine.dispose)
    migrate(engine)
    if alone:
        queue.release_orphans(engine)
    worker_settings = WorkerSettings(settings.database_url, settings.chunk_seconds)
    cluster = stack.enter_context(local_cluster(settings.workers, worker_settings))
    store = Store(engine, QueueBounds(settings.max_queued, settings.max_queued_of_caller))
    dispatcher = Dispatcher(engine, cluster, settings, events.publish)
    dispatcher.start()
    stack.callback(dispatcher.stop)
    return Services(settings, store, cluster, dispatcher, events, KeyRing(KeyStore(engine)))

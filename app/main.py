"""The one place where everything is wired together."""

import gc
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from anyio import create_task_group
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.middleware.cors import CORSMiddleware

from app.api import (
    bodies,
    catalogue,
    checks,
    comparisons,
    curves,
    data,
    deliveries,
    derived,
    devices,
    error_handlers,
    events,
    exports,
    fits,
    guide,
    health,
    histories,
    inverse,
    metrics,
    openapi,
    pages,
    plots,
    predictions,
    problem_pages,
    shared_links,
    tables,
    views,
    workbooks,
)
from app.api.methods import Head
from app.api.open_streams import OpenStreams
from app.api.proxy_paths import ProxyPaths
from app.api.request_lines import RequestLines
from app.api.security import sessions
from app.api.security.access import Access
from app.api.security.key_ring import KeyRing
from app.api.security.origins import CORS, Origins
from app.api.security.response_headers import ResponseHeaders
from app.api.services import Services
from app.api.unexpected_errors import UnexpectedErrors
from app.api.waits import Waits
from app.jobs.calculations.calculations import Calculations
from app.jobs.calculations.spool import Spool
from app.jobs.dispatch.cluster import Cluster
from app.jobs.dispatch.dispatcher import Dispatcher
from app.jobs.dispatch.events import Events
from app.jobs.dispatch.housekeeping import Housekeeping
from app.jobs.dispatch.listener import Listener
from app.jobs.dispatch.local_cluster import local_cluster
from app.jobs.dispatch.remote_cluster import remote_cluster
from app.jobs.dispatch.tls import security_of
from app.jobs.dispatch.watch import Watch
from app.jobs.notifications.courier import Courier
from app.jobs.store import queue
from app.jobs.store.database import open_engine, sole_service
from app.jobs.store.figures import Figures
from app.jobs.store.keys import KeyStore
from app.jobs.store.links import LinkStore
from app.jobs.store.migration import migrate
from app.jobs.store.of_settings import store_on
from app.jobs.store.orphans import remove_orphans
from app.jobs.store.postgresql import is_postgresql
from app.jobs.store.private_files import sqlite_file
from app.jobs.store.vacuum import prepare_for_giving_back
from app.jobs.worker.process import WorkerSettings
from app.settings import Settings

_ROUTERS = [
    room.router
    for room in (
        fits,
        events,
        histories,
        curves,
        data,
        predictions,
        inverse,
        derived,
        comparisons,
        exports,
        views,
        shared_links,
        deliveries,
        plots,
        workbooks,
        checks,
        tables,
        catalogue,
        devices,
        health,
        metrics,
        pages,
        guide,
        problem_pages,
        sessions,
    )
]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; without `settings`, those of the environment are taken."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        published = Events()
        with ExitStack() as stack:
            services: Services = await run_in_threadpool(_start, settings, published, stack)
            app.state.services = services
            # What is there now stays: the garbage collector need not look through all of it again and again.
            gc.freeze()
            gc.enable()
            async with create_task_group() as group:
                group.start_soon(services.calculations.end_idle_processes)
                group.start_soon(services.watch.run)
                yield
                group.cancel_scope.cancel()
            published.close()
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
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=openapi.operation_id,
        separate_input_output_schemas=False,
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
    app.add_middleware(RequestLines)
    app.add_middleware(Head)
    app.add_middleware(ProxyPaths)
    for router in _ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    openapi.install(app)
    return app


def _cluster(settings: Settings) -> AbstractContextManager[Cluster]:
    if settings.scheduler:
        # Each worker has the URL of the database from its own settings: no password passes through the scheduler.
        told = WorkerSettings(None, settings.chunk_seconds, settings.worker_bytes)
        return remote_cluster(settings.scheduler, security_of(settings), told)
    told = WorkerSettings(settings.database_url, settings.chunk_seconds, settings.bytes_of_worker)
    return local_cluster(settings.workers, told)


def _start(settings: Settings, events: Events, stack: ExitStack) -> Services:
    """Open the store, start cluster and dispatcher, and return them; `stack` closes them in the reverse order."""
    database_file = sqlite_file(settings.database_url)
    alone = stack.enter_context(sole_service(settings.database_url))
    engine = open_engine(settings.database_url)
    stack.callback(engine.dispose)
    migrate(engine)
    if alone and database_file is not None:
        queue.release_orphans(engine)
        remove_orphans(engine)
        prepare_for_giving_back(engine, database_file)
    cluster = stack.enter_context(_cluster(settings))
    dispatcher = Dispatcher(engine, cluster, settings, events.publish)
    dispatcher.start()
    stack.callback(dispatcher.stop)
    if is_postgresql(engine):
        listener = Listener(engine, dispatcher.wake, events.publish)
        listener.start()
        stack.callback(listener.stop)
    housekeeping = Housekeeping(engine, settings.keep_days)
    housekeeping.start()
    stack.callback(housekeeping.stop)
    courier = Courier(engine, settings.root_path, settings.permitted_networks)
    courier.start()
    stack.callback(courier.stop)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="fit-service-", ignore_cleanup_errors=True)))
    return Services(
        settings,
        store_on(engine, settings),
        cluster,
        dispatcher,
        events,
        KeyRing(KeyStore(engine), LinkStore(engine)),
        Calculations(settings),
        Spool(folder, settings.max_bytes_in_flight),
        Waits(settings.max_waits),
        OpenStreams(settings.max_streams),
        Watch(engine, events),
        Figures(engine, database_file),
    )

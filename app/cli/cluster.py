"""The commands `worker`, `scheduler` and `certificates`: what a cluster of many machines is made of."""

import logging.config
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from app.certificates import check_certificates
from app.cli.authority import make_certificates
from app.operations.logs import configuration
from app.settings import Settings, SettingsError, read_settings

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""Pause between tries to reach the database."""


def worker(
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes; left out, one for each core.")] = None,
) -> None:
    """Train fits for the services of the scheduler at FIT_SCHEDULER, until a signal comes.

    FIT_DATABASE_URL and FIT_TLS_... are needed too; the worker joins again by itself when the scheduler comes back.
    """
    settings = _settings()
    if not settings.scheduler:
        sys.exit("settings: FIT_SCHEDULER: which scheduler is to be joined? Set it to one such as tls://host:8786")
    _begin(settings)
    from app.jobs.dispatch.hosting import host_workers  # noqa: PLC0415
    from app.jobs.dispatch.tls import security_of  # noqa: PLC0415

    _wait_for_database(settings.database_url)
    host_workers(settings.scheduler, workers or settings.workers, security_of(settings))


def scheduler(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "0.0.0.0",  # noqa: S104 - TLS shuts others out
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8786,
) -> None:
    """Bring services and workers together, until a signal comes. FIT_TLS_... are needed."""
    os.environ.pop("FIT_SCHEDULER", None)
    settings = _settings()
    if not (settings.tls_authority and settings.tls_certificate and settings.tls_key):
        sys.exit(
            "settings: FIT_TLS_AUTHORITY, FIT_TLS_CERTIFICATE and FIT_TLS_KEY are needed: `fit-service certificates "
            "FOLDER` makes them"
        )
    _begin(settings)
    from app.jobs.dispatch.hosting import host_scheduler  # noqa: PLC0415
    from app.jobs.dispatch.reaching import in_one_line  # noqa: PLC0415
    from app.jobs.dispatch.tls import security_of  # noqa: PLC0415

    try:
        host_scheduler(host, port, security_of(settings))
    except RuntimeError as error:
        sys.exit(f"the scheduler can't listen at {host}, port {port}: {in_one_line(error)}")


def certificates(
    folder: Annotated[
        Path, typer.Argument(help="Folder in which authority.pem, certificate.pem and key.pem are made.")
    ],
    days: Annotated[int, typer.Option(min=1, help="Days for which they are good.")] = 3650,
) -> None:
    """Make an authority for one cluster, and a certificate for its services, scheduler and workers.

    Whoever has the three files is part of the cluster. What is there already stays.
    """
    made = make_certificates(folder, days)
    typer.echo(f"{folder} has " + ("the certificates of a new cluster" if made else "certificates already"))


def _settings() -> Settings:
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        sys.exit(f"settings: {error}")


def _begin(settings: Settings) -> None:
    """Begin the log, if the certificates can be used."""
    try:
        check_certificates(settings)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    logging.config.dictConfig(configuration(settings.log_level, settings.log_format))


def _wait_for_database(url: str) -> None:
    """Return once the database answers: a worker that has none would be handed fits in vain."""
    from app.jobs.store.database import UnusableDatabaseError  # noqa: PLC0415
    from app.jobs.store.opening import ask  # noqa: PLC0415

    failure = None
    while True:
        try:
            ask(url)
        except UnusableDatabaseError as error:
            if str(error) != failure:
                failure = str(error)
                logger.warning("no worker joins until the database answers; trying again: %s", failure)
            time.sleep(PAUSE_SECONDS)
        else:
            return

"""The commands `worker`, `scheduler` and `certificates`: what a cluster of many machines is made of."""

import logging.config
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.authority import make_certificates
from app.operations.logs import configuration
from app.settings import Settings, SettingsError, read_settings


def worker(
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes; left out, one for each core.")] = None,
) -> None:
    """Train fits for the services of the scheduler at FIT_SCHEDULER, until a signal comes.

    FIT_DATABASE_URL and FIT_TLS_... are needed too; the worker joins again by itself when the scheduler comes back.
    """
    settings = _settings()
    if not settings.scheduler:
        sys.exit("settings: FIT_SCHEDULER: which scheduler is to be joined? Set it to one such as tls://host:8786")
    from app.jobs.dispatch.hosting import host_workers  # noqa: PLC0415
    from app.jobs.dispatch.tls import security_of  # noqa: PLC0415

    _begin_log(settings)
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
            "settings: FIT_TLS_AUTHORITY, FIT_TLS_CERTIFICATE and FIT_TLS_KEY are needed: `fit-service certificates`"
        )
    from app.jobs.dispatch.hosting import host_scheduler  # noqa: PLC0415
    from app.jobs.dispatch.tls import security_of  # noqa: PLC0415

    _begin_log(settings)
    host_scheduler(host, port, security_of(settings))


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


def _begin_log(settings: Settings) -> None:
    logging.config.dictConfig(configuration(settings.log_level, settings.log_format))

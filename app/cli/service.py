"""The service that a command asks: the one that is named, or one that is started for the call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.endings import Exit, end
from app.cli.temporary_service import TemporaryServiceError, temporary_service

if TYPE_CHECKING:
    from app.cli.progress import Bar
    from app.client.fit_service_client import Client

_OF_SERVICE = "Service"
Where = Annotated[
    str | None,
    typer.Option(
        envvar="FITSERVICE_URL", metavar="URL", rich_help_panel=_OF_SERVICE, help="Address of a running service."
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        envvar="FITSERVICE_KEY",
        metavar="KEY",
        rich_help_panel=_OF_SERVICE,
        help="Key for it. Others on the machine may read a command line, but not its environment.",
    ),
]


@contextmanager
def named_service(where: str | None, key: str | None) -> Iterator["Client"]:
    """Yield a client of the service at an address; without one, of that of this machine."""
    from app.client.fit_service_client import Client, Retries  # noqa: PLC0415

    try:
        # Somebody waits for the answer, and sees to it if there is none.
        client = Client(where, key, retries=Retries(count=2))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--where") from None
    with client:
        yield client


@contextmanager
def any_service(where: str | None, key: str | None, bar: "Bar") -> Iterator["Client"]:
    """Yield a client of the service at an address; without one, of a service that is there for this call only."""
    if where is not None:
        with named_service(where, key) as client:
            yield client
        return
    from app.client.fit_service_client import Client, Retries, ServiceUnreachableError  # noqa: PLC0415

    bar.say("starting a service for this call, which takes some seconds")
    with temporary_service() as service:
        try:
            place = service.place()
            # What is on this machine answers at once, or never.
            with Client(place.url, place.key, retries=Retries(count=1)) as client:
                yield client
        except (TemporaryServiceError, ServiceUnreachableError) as error:
            bar.close()
            end(Exit.UNREACHABLE, f"the service for this call has ended: {service.log or error}")

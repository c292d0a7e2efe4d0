"""The commands `fit-service webhooks`: make, list and remove webhooks, beside a running service too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.databases import date, opened_database
from app.jobs.callers.caller import LOCAL

if TYPE_CHECKING:
    from app.jobs.store.webhooks import WebhookStore

app = typer.Typer(help="Make, list and remove webhooks: addresses that are told when fits end.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name by which the caller's fits name it.")]
CallerName = Annotated[
    str, typer.Option("--caller", help="Whose it is: the name of the caller's keys; without keys, leave it out.")
]


@app.command()
def make(
    name: Name,
    url: Annotated[str, typer.Argument(help="Address to which messages are sent, https://...")],
    caller: CallerName = LOCAL,
) -> None:
    """Make a webhook, and print the secret by which its receiver knows our messages; it is not shown again."""
    with _opened() as store:
        try:
            webhook = store.make(caller, name, url)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    typer.echo(f"webhook {webhook.name} of {webhook.caller}; its secret, for the receiver:", err=True)
    typer.echo(webhook.secret)


@app.command("list")
def list_webhooks() -> None:
    """List all webhooks, without their secrets."""
    with _opened() as store:
        webhooks = store.all()
    for webhook in webhooks:
        typer.echo(f"{webhook.name}\t{webhook.caller}\t{webhook.url}\tmade {date(webhook.created_at)}")


@app.command()
def remove(name: Name, caller: CallerName = LOCAL) -> None:
    """Remove a webhook: what was still to be sent to it is given up."""
    with _opened() as store:
        if not store.remove(caller, name):
            raise typer.BadParameter(f"{caller} has no webhook {name}: see fit-service webhooks list")
    typer.echo(f"webhook {name} of {caller} is removed")


@contextmanager
def _opened() -> "Iterator[WebhookStore]":
    """Open the webhooks of the database that the settings name."""
    from app.jobs.store.webhooks import WebhookStore  # noqa: PLC0415

    with opened_database() as engine:
        yield WebhookStore(engine)

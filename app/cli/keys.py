"""The commands `fit-service keys`: make, list and revoke API keys, beside a running service too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.databases import date, opened_database
from app.jobs.callers.keys import USUAL_SCOPES, Scope

if TYPE_CHECKING:
    from app.jobs.store.keys import KeyStore

app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)


@app.command()
def make(
    caller: Annotated[str, typer.Argument(help="Whose key it is: fits belong to this name.")],
    scope: Annotated[
        list[Scope] | None, typer.Option(help="What the key may do; may be repeated. Default: read, fit, delete.")
    ] = None,
) -> None:
    """Make a key and print it; it can't be shown again."""
    with _opened() as store:
        try:
            key, secret = store.make(caller, scope or USUAL_SCOPES)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    typer.echo(f"key {key.number} of {key.caller}, kept nowhere but here:", err=True)
    typer.echo(secret)


@app.command("list")
def list_keys() -> None:
    """List all keys by their numbers, without their secrets."""
    with _opened() as store:
        keys = store.all()
    for key in keys:
        end = "good" if key.revoked_at is None else f"revoked {date(key.revoked_at)}"
        scopes = ",".join(scope for scope in Scope if scope in key.scopes)
        typer.echo(f"{key.number}\t{key.caller}\t{scopes}\tmade {date(key.created_at)}\t{end}")


@app.command()
def revoke(number: Annotated[int, typer.Argument(help="Number of the key, as `list` shows it.")]) -> None:
    """Revoke a key: within a second no service takes it any more."""
    with _opened() as store:
        if not store.revoke(number):
            raise typer.BadParameter(f"there is no good key {number}: see fit-service keys list")
    typer.echo(f"key {number} is revoked")


@contextmanager
def _opened() -> "Iterator[KeyStore]":
    """Open the keys of the database that the settings name."""
    from app.jobs.store.keys import KeyStore  # noqa: PLC0415

    with opened_database() as engine:
        yield KeyStore(engine)

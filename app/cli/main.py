"""The command `fit-service`: without a further command it serves. What is slow to load, each command loads itself."""

from importlib.metadata import version
from typing import Annotated

import typer

from app.cli import cluster, fit, fits, keys, models, webhooks
from app.cli.endings import EXIT_CODES

app = typer.Typer(
    help="Curve fitting over HTTP. Without a command: serve.",
    epilog=EXIT_CODES,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(epilog=fit.EPILOG)(fit.fit)
app.command()(fits.status)
app.command()(fits.cancel)
app.command("list")(fits.list_fits)
app.command()(models.models)
app.command()(cluster.worker)
app.command()(cluster.scheduler)
app.command()(cluster.certificates)
app.add_typer(keys.app, name="keys")
app.add_typer(webhooks.app, name="webhooks")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("fit-service"))
        raise typer.Exit


@app.callback(invoke_without_command=True)
def serve_unless_told_otherwise(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Curve fitting over HTTP. Without a command: serve; settings are environment variables (FIT_...)."""
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve() -> None:
    """Serve until a signal comes."""
    from app.server import serve  # noqa: PLC0415

    serve()

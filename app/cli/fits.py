"""The commands that ask for fits of a running service: `status`, `cancel` and `list`."""

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import values
from app.cli.endings import Exit, code_of, end, told_in_words
from app.cli.service import Key, Where, named_service
from app.cli.values import Named

if TYPE_CHECKING:
    from app.client.fit_service_client import Fit

_STOP_SECONDS = 20
_MOST_ON_PAGE = 100

FitId = Annotated[str, typer.Argument(help="Id of the fit, such as fit_2058bbc5.", metavar="ID")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, and nothing else.")]


def status(
    fit_id: FitId,
    watch: Annotated[bool, typer.Option("--watch", help="Show how far it is until it has ended.")] = False,
    json: Json = False,
    curves: Annotated[int, typer.Option(min=0, max=200, help="Most curves shown, worst first.")] = 20,
    where: Where = None,
    key: Key = None,
) -> None:
    """Show a fit: how far it is, or how it ended; the exit code says the same.

    Ctrl-C ends the watching, not the fit.
    """
    from app.cli.outputs import Outputs  # noqa: PLC0415

    with told_in_words(), named_service(where, key) as client:
        fit = client.get(fit_id)
        if watch:
            _watch(fit)
        Outputs(json=json, curves=curves).write(fit)
    failed = fit.has_ended and fit.status != "succeeded"
    raise typer.Exit(Exit.FAILED if failed else Exit.SUCCEEDED)


def cancel(fit_id: FitId, where: Where = None, key: Key = None) -> None:
    """Cancel a fit that waits or is trained; it keeps the result that it has."""
    from app.cli.consoles import results  # noqa: PLC0415

    with told_in_words(), named_service(where, key) as client:
        fit = client.get(fit_id).cancel().wait(_STOP_SECONDS, progress=False)
        kept = "it has no result" if fit.document["result"] is None else f"it keeps its result of step {_step(fit)}"
        results().print(f"{fit.id} {fit.status}: {kept}")


def list_fits(
    status: Annotated[list[str] | None, typer.Option(help="Only fits of this state; may be repeated.")] = None,
    label: Annotated[
        list[Named] | None,
        typer.Option(parser=values.text, metavar="NAME=VALUE", help="Only fits with this label; may be repeated."),
    ] = None,
    search: Annotated[str | None, typer.Option(help="Only fits that have this text in id, model or labels.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most fits.")] = 20,
    json: Json = False,
    where: Where = None,
    key: Key = None,
) -> None:
    """List fits, newest first."""
    from app.cli.consoles import results, shown, table, write  # noqa: PLC0415
    from app.cli.outputs import write_json  # noqa: PLC0415

    with told_in_words(), named_service(where, key) as client:
        labels = {one.name: one.value for one in label or ()}
        pages = client.fits(status=status, metadata=labels, search=search, limit=min(limit, _MOST_ON_PAGE))
        found = list(islice(pages, limit))
    if json:
        write_json([fit.document for fit in found])
        return
    console = results()
    rows = table(console, "id", "status", "reason", "created (UTC)", "model", "labels")
    for fit in found:
        moment = fit.document["created_at"][:16].replace("T", " ")
        marks = ", ".join(f"{name}={value}" for name, value in fit.metadata.items())
        rows.add_row(fit.id, fit.status, fit.reason or "", moment, shown(_model(fit)), shown(marks))
    write(console, rows)


def _watch(fit: "Fit") -> None:
    from app.cli.progress import Bar  # noqa: PLC0415

    try:
        with Bar() as bar:
            bar.wait(fit)
    except KeyboardInterrupt as interruption:
        end(code_of(interruption), f"{fit.id} goes on: fit-service cancel stops it")


def _step(fit: "Fit") -> str:
    return f"{fit.progress['step']:,}"


def _model(fit: "Fit") -> str:
    """Return what was asked for, if it is short, or the formula."""
    model = fit.document["model"]
    return model if isinstance(model, str) else fit.formula or ""

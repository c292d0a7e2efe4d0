"""The command `fit-service models`: the library of models."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.endings import told_in_words
from app.cli.service import Key, Where, any_service

if TYPE_CHECKING:
    from rich.console import Console

    from app.client.fit_service_client import schemas


def models(
    name: Annotated[str | None, typer.Argument(help="Model of which all is shown.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Write JSON to stdout, and nothing else.")] = False,
    where: Where = None,
    key: Key = None,
) -> None:
    """List the models that are fitted by name, or show all of one.

    Without --where, and FITSERVICE_URL, a service is started for this call.
    """
    from app.cli.consoles import results  # noqa: PLC0415
    from app.cli.outputs import write_json  # noqa: PLC0415
    from app.cli.progress import Bar  # noqa: PLC0415

    with told_in_words(), Bar() as bar, any_service(where, key, bar) as client:
        answer: Any = client.models() if name is None else client.model(name)
    if json:
        write_json(answer)
    elif name is None:
        _list(results(), answer)
    else:
        _show(results(), answer)


def _list(console: "Console", library: "schemas.ModelList") -> None:
    from app.cli.consoles import table, write  # noqa: PLC0415

    rows = table(console, "name", "what it is", "formula")
    for model in library["data"]:
        rows.add_row(model["name"], model["title"], model["formula"])
    write(console, rows)


def _show(console: "Console", model: "schemas.ModelDescription") -> None:
    from app.cli.consoles import table, write  # noqa: PLC0415

    console.print(f"{model['name']}: {model['title']}")
    console.print(model["formula"], style="cyan")
    rows = table(console, "parameter", "lowest", "highest", "meaning", right=("lowest", "highest"))
    for name, meaning in model["parameters"].items():
        bounds = model["bounds"].get(name)
        ends = [_number(bounds.get(side)) if bounds else "" for side in ("lower", "upper")]
        rows.add_row(name, *ends, meaning)
    console.print()
    write(console, rows)
    if model["options"]:
        console.print()
        options = table(console, "option", "default", "meaning")
        for name, option in model["options"].items():
            options.add_row(name, _number(option.get("default")), option["meaning"])
        write(console, options)


def _number(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)

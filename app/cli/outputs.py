"""What is written of a fit besides the report: the plot, predictions, the model in other languages, JSON."""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from app.cli.consoles import remarks, results, shown, table, write
from app.cli.report import report
from app.cli.values import Named

if TYPE_CHECKING:
    from app.client.fit_service_client import Fit, Prediction
    from app.client.fit_service_client.columns import Floats

_FORMATS = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
Language = Literal["json", "python", "c", "latex", "excel"]


@dataclass(frozen=True)
class Outputs:
    """What is wanted of a fit."""

    plot: str | None = None
    predict: Sequence[Named] = ()
    export: Language | None = None
    json: bool = False
    curves: int = 20
    is_kept: bool = True
    """Whether the service keeps the fit for others to ask for."""

    def check(self) -> None:
        """Raise BadParameter for what can't be written, before anything is fitted."""
        if self.plot is not None:
            path = Path(self.plot)
            if path.suffix.lower() not in _FORMATS:
                raise typer.BadParameter(f"{path.name} has to end with .svg, .png or .pdf", param_hint="--plot")
            if not path.parent.is_dir():
                raise typer.BadParameter(f"there is no folder {path.parent}", param_hint="--plot")
        if self.json and (self.export or self.predict):
            raise typer.BadParameter("nothing else is written with it: ask without --json", param_hint="--json")

    def write(self, fit: "Fit", columns: object = None) -> None:
        """Write all that is wanted; `columns` says which columns of a file were taken."""
        if self.json:
            write_json(fit.document)
        else:
            console = remarks() if self.export else results()
            report(console, fit, self.curves, columns, is_kept=self.is_kept)
            if self.predict and fit.document["result"] is not None:
                _write_prediction(console, fit, self.predict)
        if fit.document["result"] is None:
            return
        if self.plot is not None:
            _write_plot(fit, Path(self.plot))
        if self.export is not None:
            sys.stdout.write(fit.export(self.export).rstrip("\n") + "\n")


def write_json(document: Any) -> None:
    """Write a document of the service to stdout, as it says it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def _write_plot(fit: "Fit", path: Path) -> None:
    picture = fit.plot(_FORMATS[path.suffix.lower()])  # type: ignore[arg-type]
    try:
        path.write_bytes(picture)
    except OSError as error:
        raise typer.BadParameter(f"{path} can't be written: {error.strerror}", param_hint="--plot") from None
    remarks().print(f"plot: {shown(str(path))}")


def _write_prediction(console: Console, fit: "Fit", said: Sequence[Named]) -> None:
    named = {one.name: one.value for one in said}
    if len(named) < len(said) or ("" in named and len(named) > 1):
        raise typer.BadParameter("name each variable once: --predict t=1,2 --predict u=3,4", param_hint="--predict")
    console.print()
    write(console, _predicted(console, fit.predict(named.get("", named)), named))


def _predicted(console: Console, told: "Prediction", points: dict[str, list[float]]) -> Table:
    """Return a table of what the model is at points, by variable, with its bands."""
    variables, percent = [name or "x" for name in points], f"{told.level * 100:g} %"
    names = [*variables, told.response or "y", f"{percent} confidence", "", f"{percent} prediction", ""]
    columns: list[Sequence[float] | Floats | None] = [*points.values(), told.values]
    for band in (told.confidence, told.prediction):
        columns += [None, None] if band is None else [band.lower, band.upper]
    made = table(console, *names, right=tuple(names))
    for index in range(min(map(len, points.values()))):
        made.add_row(*("" if column is None else _written(column[index]) for column in columns))
    return made


def _written(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.6g}"

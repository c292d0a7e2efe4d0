"""The options of `fit-service fit`, with their meanings; what each says is read in `values`."""

from typing import Annotated, Any, Literal

import typer

from app.cli import values
from app.cli.values import Named

_DATA, _PARAMETERS, _TRAINING, _OUTPUT = "Data", "Parameters of the model", "Training", "Output"


def _option(panel: str, *names: str, help: str, parser: Any = None, metavar: str | None = None) -> Any:  # noqa: A002
    return typer.Option(*names, help=help, rich_help_panel=panel, parser=parser, metavar=metavar)


Data = Annotated[
    str,
    typer.Argument(metavar="DATA", help="File with the data, as instruments and spreadsheets write it; -: stdin."),
]
Model = Annotated[
    Any,
    typer.Argument(
        parser=values.name_or_object,
        metavar="MODEL",
        help="Formula in x, or models of the library such as 'gaussian + linear': see fit-service models. Before one "
        "that begins with a minus write --.",
    ),
]

X = Annotated[
    list[str] | None,
    _option(
        _DATA,
        "--x",
        metavar="COLUMN",
        help="Column of x; t=Time: column of the variable t. Repeat it for several variables.",
    ),
]
Y = Annotated[
    list[str] | None,
    _option(
        _DATA,
        "--y",
        metavar="COLUMN",
        help="Column of y. Repeat it for a curve from each column; '*' takes all others.",
    ),
]
Sigma = Annotated[
    str | None, _option(_DATA, "--sigma", metavar="COLUMN", help="Column of the standard deviation of y.")
]
Weights = Annotated[
    str | None, _option(_DATA, "--weights", metavar="COLUMN", help="Column of factors of the squared residuals.")
]
Curve = Annotated[
    str | None, _option(_DATA, "--curve", metavar="COLUMN", help="Column that says to which curve a row belongs.")
]
Reading = Annotated[
    list[Named] | None,
    _option(
        _DATA,
        "--reading",
        parser=values.text,
        metavar="NAME=VALUE",
        help="How the file is read, where that can't be seen: decimal=, or sheet=Run7 or range=B3:D20.",
    ),
]
Response = Annotated[
    str | None,
    _option(
        _DATA, "--response", metavar="FORMULA", help="Formula in y to which the model is fitted, such as 'log(y)'."
    ),
]
Missing = Annotated[
    Literal["refuse", "omit"] | None,
    _option(_DATA, "--missing", metavar="refuse|omit", help="What becomes of points without a value."),
]

Start = Annotated[
    list[Named] | None,
    _option(_PARAMETERS, "--start", parser=values.start, metavar="NAME=NUMBER", help="Start value."),
]
Fixed = Annotated[
    list[Named] | None,
    _option(_PARAMETERS, "--fixed", parser=values.fixed, metavar="NAME=NUMBER", help="Value that is not fitted."),
]
Bounds = Annotated[
    list[Named] | None,
    _option(
        _PARAMETERS, "--bounds", parser=values.bounds, metavar="NAME=LOW:HIGH", help="Bounds, as a=0:10, a=0: or a=:10."
    ),
]
Tied = Annotated[
    list[Named] | None,
    _option(_PARAMETERS, "--tied", parser=values.text, metavar="NAME=FORMULA", help="Formula in other parameters."),
]
Shared = Annotated[
    list[str] | None, _option(_PARAMETERS, "--shared", metavar="NAME", help="It has one value for all curves.")
]

Optimizer = Annotated[
    str | None,
    _option(_TRAINING, "--optimizer", metavar="NAME", help="levenberg_marquardt, adam, ...; it is chosen if left out."),
]
Hyperparameter = Annotated[
    list[Named] | None,
    _option(
        _TRAINING,
        "--hyperparameter",
        parser=values.setting,
        metavar="NAME=VALUE",
        help="Setting of the optimizer: steps=1000, learning_rate=0.01, max_seconds=60.",
    ),
]
Loss = Annotated[
    Any,
    _option(
        _TRAINING, "--loss", parser=values.name_or_object, metavar="LOSS", help="huber, soft_l1, tukey, poisson, ..."
    ),
]
Level = Annotated[
    float | None,
    _option(
        _TRAINING,
        "--level",
        parser=values.number,
        metavar="NUMBER",
        help="Confidence level of the intervals, such as 0.95.",
    ),
]
Seed = Annotated[
    int | None, _option(_TRAINING, "--seed", metavar="NUMBER", help="Seed of the search for start values.")
]
Label = Annotated[
    list[Named] | None,
    _option(
        _TRAINING, "--label", parser=values.text, metavar="NAME=VALUE", help="Label by which the fit is found again."
    ),
]
Webhook = Annotated[
    str | None, _option(_TRAINING, "--webhook", metavar="NAME", help="Webhook that is told of the end; with --where.")
]

Plot = Annotated[
    str | None, _option(_OUTPUT, "--plot", metavar="FILE", help="Write the plot: .svg, .png or .pdf, as the name ends.")
]
Predict = Annotated[
    list[Named] | None,
    _option(
        _OUTPUT,
        "--predict",
        parser=values.numbers,
        metavar="1,2,3",
        help="Show the model at these x; t=1,2,3: of the variable t.",
    ),
]
Export = Annotated[
    Literal["json", "python", "c", "latex", "excel"] | None,
    _option(
        _OUTPUT,
        "--export",
        metavar="LANGUAGE",
        help="Write the model as python, c, latex, excel or json to stdout; the report is on stderr.",
    ),
]
Json = Annotated[bool, _option(_OUTPUT, "--json", help="Write the fit as JSON to stdout, and nothing else.")]
Curves = Annotated[
    int,
    typer.Option(
        "--curves", metavar="NUMBER", min=0, max=200, rich_help_panel=_OUTPUT, help="Most curves shown, worst first."
    ),
]

"""The command `fit-service fit`: data and a model become coefficients, with a service of its own if none is named."""

from typing import TYPE_CHECKING, Any

import typer

from app.cli import options
from app.cli.columns import Columns
from app.cli.endings import EXIT_CODES, Exit, code_of, told_in_words
from app.cli.request import Parameters, field_of, hyperparameters, named, reading, source
from app.cli.service import Key, Where, any_service

if TYPE_CHECKING:
    from app.cli.progress import Bar
    from app.client.fit_service_client import Client, Fit

EPILOG = f"""\b
Example:
  printf 'x,y\\n0,3.0\\n1,1.1\\n2,0.7\\n3,0.5\\n4,0.5\\n' | fit-service fit - 'a*exp(-b*x)+c' --plot out.svg

{EXIT_CODES}"""

_CANCEL_SECONDS = 20
"""A fit that was cancelled stops within a second; whoever waits longer waits in vain."""


def fit(
    data: options.Data,
    model: options.Model,
    x: options.X = None,
    y: options.Y = None,
    sigma: options.Sigma = None,
    weights: options.Weights = None,
    curve: options.Curve = None,
    read: options.Reading = None,
    response: options.Response = None,
    missing: options.Missing = None,
    start: options.Start = None,
    fixed: options.Fixed = None,
    bounds: options.Bounds = None,
    tied: options.Tied = None,
    shared: options.Shared = None,
    optimizer: options.Optimizer = None,
    hyperparameter: options.Hyperparameter = None,
    loss: options.Loss = None,
    level: options.Level = None,
    seed: options.Seed = None,
    label: options.Label = None,
    webhook: options.Webhook = None,
    plot: options.Plot = None,
    predict: options.Predict = None,
    export: options.Export = None,
    json: options.Json = False,
    curves: options.Curves = 20,
    where: Where = None,
    key: Key = None,
) -> None:
    """Fit a model to data, and show coefficients, errors and a plot.

    Without --where, and FITSERVICE_URL, it starts a service for this call, which is gone afterwards with the fit.
    Ctrl-C cancels the fit, and shows what there is.
    """
    # What draws takes a while to load, and --help needs none of it.
    from app.cli.outputs import Outputs  # noqa: PLC0415
    from app.cli.progress import Bar  # noqa: PLC0415

    outputs = Outputs(plot, predict or (), export, json, curves, is_kept=where is not None)
    outputs.check()
    request = {
        "data": source(data),
        "model": model,
        "reading": reading(read or ()),
        "response": response,
        "missing": missing,
        "parameters": Parameters(start or (), fixed or (), bounds or (), tied or (), shared or ()).described(),
        "hyperparameters": hyperparameters(optimizer, hyperparameter or ()),
        "loss": loss,
        "confidence": level,
        "seed": seed,
        "metadata": named(label or ()),
        "webhook": webhook,
    }
    named_columns = {"sigma": sigma, "weights": weights, "curve": curve}
    columns = Columns(x or (), y or (), {role: column for role, column in named_columns.items() if column})
    with told_in_words(field_of, model), Bar() as bar, any_service(where, key, bar) as client:
        if not columns.are_complete:
            columns = columns.completed(client.read_table(request["data"], request["reading"]))
        ended, code = _fitted(client, bar, request | columns.target)
        bar.close()
        outputs.write(ended, columns)
    raise typer.Exit(code)


def _fitted(client: "Client", bar: "Bar", request: dict[str, Any]) -> "tuple[Fit, int]":
    """Post a fit and wait for its end; return it with the exit code. Ctrl-C cancels it, and is told by the code."""
    bar.say("sending the data")
    try:
        fit = client.submit(**request)
    except (TypeError, ValueError) as error:
        raise typer.BadParameter(str(error)) from None
    try:
        bar.wait(fit)
    except KeyboardInterrupt as interruption:
        bar.say("cancelling")
        _cancel(fit)
        return fit, code_of(interruption)
    return fit, Exit.SUCCEEDED if fit.status == "succeeded" else Exit.FAILED


def _cancel(fit: "Fit") -> None:
    from app.client.fit_service_client.problems import FitEndedError  # noqa: PLC0415

    try:
        fit.cancel().wait(_CANCEL_SECONDS, progress=False)
    except FitEndedError:
        fit.refresh()

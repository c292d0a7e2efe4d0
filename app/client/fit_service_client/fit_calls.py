"""What is asked of one fit, as exchanges; their first argument is the fit, they are the methods of Fit and AsyncFit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar

import numpy as np

from . import schemas
from .answers import Curve, Derived, History, InversePrediction, Prediction, array_of
from .base_fit import BaseFit
from .columns import COLUMNS, ArrayLike, Floats, listed, rows_of
from .errors import FitServiceError
from .exchanges import Exchange, Pages, Request, Response
from .frames import frame_of_coefficients, frame_of_curves
from .problems import FitEndedError
from .progress import Show, close, shown_by
from .sending import send
from .waiting import until_end

F = TypeVar("F", bound=BaseFit)

MINIMAL = {"Prefer": "return=minimal"}
"""Data and loss histories are read by methods of their own."""
_CURVES_OF_A_PAGE = 1_000


def refresh(fit: F) -> Exchange[F]:
    """Read the fit anew; return it."""
    answer = yield from _sent(fit, Request("GET", f"/fit/{fit.id}", headers=MINIMAL))
    fit.document = answer.json()
    return fit


def wait(fit: F, timeout: float | None = None, progress: bool | Show | None = None) -> Exchange[F]:
    """Wait for the end of the fit, and return it.

    How it ended says its status: a fit that fails raises nothing here, `raise_for_status()` does. `progress` shows a
    bar on stderr, by itself where this is a terminal; or it is a function that is told the progress.

    Raises WaitTimeoutError after `timeout` seconds. Whatever ends the waiting, also Ctrl-C, the fit goes on:
    `cancel()` stops it.
    """
    if not fit.has_ended:
        show = shown_by(progress)
        try:
            yield from until_end(fit.id, fit.client.retries, timeout, show)
        finally:
            close(show)
        yield from refresh(fit)
    return fit


def cancel(fit: F) -> Exchange[F]:
    """Cancel the fit and return it: a queued one has ended then, a running one stops within a second.

    Raises FitEndedError for a fit that has ended in another way.
    """
    try:
        answer = yield from _sent(fit, Request("POST", f"/fit/{fit.id}/cancel"))
    except FitEndedError:
        # A cancel whose answer was lost on the way was sent twice.
        yield from refresh(fit)
        if fit.status == "cancelled":
            return fit
        raise
    fit.document = answer.json()
    return fit


def delete(fit: BaseFit) -> Exchange[None]:
    """Delete the fit, which has to have ended, with its data, result and history. Raises FitNotEndedError."""
    yield from _sent(fit, Request("DELETE", f"/fit/{fit.id}"))


def history(
    fit: BaseFit, max_points: int = 1000, *, whole: bool = False, curve: int | None = None
) -> Exchange[History]:
    """Return the loss after each step, thinned to `max_points` rows unless the whole is wanted; of many curves the
    sum, or that of one.
    """
    parameters = {"max_points": max_points, "whole": whole, "curve": curve}
    answer = yield from _sent(fit, Request("GET", f"/fit/{fit.id}/history", parameters))
    document = answer.json()
    rows = document["data"]
    steps = np.array([row["step"] for row in rows], dtype=np.int64)
    return History(steps, array_of([row["loss"] for row in rows]), document["total_points"])


def predict(
    fit: BaseFit,
    x: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    level: float = 0.95,
    sigma: ArrayLike | None = None,
    curve: int | None = None,
    label: str | None = None,
) -> Exchange[Prediction]:
    """Return the model at other x, with its standard error, a confidence band, and a prediction band for a further y.

    x is an array, or predictor variables by name; without x, the points of the fit, with residuals. `sigma` is the
    standard deviation of a further y at each point. Of many curves, `curve` or `label` says which.
    """
    body = {"x": _points(x), "level": level, "sigma": _column(sigma, "sigma"), "curve": curve, "label": label}
    answer = yield from _sent(fit, Request.with_json(f"/fit/{fit.id}/predict", body))
    return Prediction.of(answer.json())


def predict_all(
    fit: BaseFit,
    x: ArrayLike | Mapping[str, ArrayLike] | None = None,
    *,
    curves: Literal["all"] | Sequence[int | str] = "all",
    level: float = 0.95,
) -> Pages[Prediction]:
    """Iterate over what each of many curves is at x, or at its own points."""
    points = _points(x)

    def read(after: Any) -> Exchange[tuple[list[Prediction], Any]]:
        place = -1 if after is None else after
        body = {"x": points, "level": level, "curves": curves, "after": place}
        answer = yield from _sent(fit, Request.with_json(f"/fit/{fit.id}/predict", body))
        page = answer.json()
        rows = [Prediction.of(row, page) for row in page["data"]]
        return rows, page["last_curve"] if page["has_more"] else None

    return read


def inverse(
    fit: BaseFit,
    /,
    y: Sequence[float | Sequence[float]] | Floats,
    *,
    level: float = 0.95,
    curve: int | None = None,
    label: str | None = None,
    **options: Any,
) -> Exchange[InversePrediction]:
    """Return the x at which the model has given y, with limits: unknowns from a standard curve.

    Each y is a number or a list of replicates. `options` are the other fields of `POST /fit/{id}/inverse`, such as
    `interval="profile"`, `mean_response=True` or `range=[0, 10]`.
    """
    unknowns = [value if isinstance(value, int | float) else _column(value, "y") for value in y]
    body = {"y": unknowns, "level": level, "curve": curve, "label": label, **options}
    answer = yield from _sent(fit, Request.with_json(f"/fit/{fit.id}/inverse", body))
    return InversePrediction.of(answer.json())


def derive(
    fit: BaseFit,
    quantities: Mapping[str, str | Mapping[str, Any]],
    *,
    level: float = 0.95,
    curve: int | str | None = None,
) -> Exchange[Derived]:
    """Return quantities that follow from the coefficients, with standard errors, limits and covariance.

    A quantity is a formula in the parameters, `{"half_life": "log(2) / k"}`, or an area, `{"integral": [0, 10]}`. Of
    many curves, `curve` says which, by number or label.
    """
    body = {"quantities": quantities, "level": level, "curves": None if curve is None else [curve], "limit": 1}
    answer = yield from _sent(fit, Request.with_json(f"/fit/{fit.id}/derive", body))
    page = answer.json()
    return Derived.of(page["data"][0], page)


def derive_all(
    fit: BaseFit, quantities: Mapping[str, str | Mapping[str, Any]], *, level: float = 0.95
) -> Pages[Derived]:
    """Iterate over the quantities of each of many curves."""

    def read(after: Any) -> Exchange[tuple[list[Derived], Any]]:
        place = -1 if after is None else after
        body = {"quantities": quantities, "level": level, "after": place, "limit": _CURVES_OF_A_PAGE}
        answer = yield from _sent(fit, Request.with_json(f"/fit/{fit.id}/derive", body))
        page = answer.json()
        return [Derived.of(row, page) for row in page["data"]], page["last_curve"] if page["has_more"] else None

    return read


def curves(fit: BaseFit, *, statistics: bool = True) -> Pages[Curve]:
    """Iterate over the results of many curves, in the order of the data; without statistics it is faster."""

    def read(after: Any) -> Exchange[tuple[list[Curve], Any]]:
        place = -1 if after is None else after
        parameters = {"after": place, "limit": _CURVES_OF_A_PAGE, "statistics": statistics}
        page = (yield from _sent(fit, Request("GET", f"/fit/{fit.id}/curves", parameters))).json()
        return [Curve.of(row) for row in page["data"]], page["last_curve"] if page["has_more"] else None

    return read


def to_pandas(fit: BaseFit, *, statistics: bool = True) -> Exchange[Any]:
    """Return a table of pandas: a row for each parameter; of many curves, a row for each curve."""
    if not fit.is_of_many:
        return frame_of_coefficients(fit)
    read, rows, after = curves(fit, statistics=statistics), list[Curve](), None
    while True:
        page, after = yield from read(after)
        rows += page
        if after is None:
            return frame_of_curves(rows)


def data(fit: BaseFit) -> Exchange[dict[str, Any]]:
    """Return the measured data: x, y, sigma and weights as arrays; of curves of different lengths, lists of arrays."""
    document: dict[str, Any] = (yield from _sent(fit, Request("GET", f"/fit/{fit.id}/data"))).json()
    return {name: _rows(column, name) if name in COLUMNS else column for name, column in document.items()}


def data_file(fit: BaseFit, format: Literal["csv", "parquet", "arrow"] = "csv") -> Exchange[bytes]:  # noqa: A002
    """Return the measured data as a file."""
    answer = yield from _sent(fit, Request("GET", f"/fit/{fit.id}/data", {"format": format}))
    return answer.content


def deliveries(fit: BaseFit) -> Exchange[list[schemas.Delivery]]:
    """Return the messages to a webhook about the end of the fit, with what has become of them; none before its end."""
    page: schemas.DeliveryList = (yield from _sent(fit, Request("GET", f"/fit/{fit.id}/deliveries"))).json()
    return page["data"]


def export(
    fit: BaseFit,
    format: Literal["json", "python", "c", "latex", "excel"] = "python",  # noqa: A002
    *,
    curve: int | None = None,
    cells: str | None = None,
) -> Exchange[str]:
    """Return the fitted model in another language; of many curves, `curve` says which."""
    parameters = {"format": format, "curve": curve, "cells": cells}
    answer = yield from _sent(fit, Request("GET", f"/fit/{fit.id}/export", parameters))
    return answer.text


def plot(
    fit: BaseFit,
    /,
    format: Literal["svg", "png", "pdf"] = "svg",  # noqa: A002
    **options: Any,
) -> Exchange[bytes]:
    """Return a plot of data, model, bands and residuals; `options` are the parameters of `GET /fit/{id}/plot.svg`."""
    answer = yield from _sent(fit, Request("GET", f"/fit/{fit.id}/plot.{format}", options))
    return answer.content


def plot_loss(
    fit: BaseFit,
    /,
    format: Literal["svg", "png", "pdf"] = "svg",  # noqa: A002
    **options: Any,
) -> Exchange[bytes]:
    """Return a plot of the loss after each step; `options` are the parameters of `GET /fit/{id}/loss.svg`."""
    answer = yield from _sent(fit, Request("GET", f"/fit/{fit.id}/loss.{format}", options))
    return answer.content


def view(fit: BaseFit, /, **options: Any) -> Exchange[schemas.FitView]:
    """Return what a picture needs: points, curve and bands, thinned; `options` are those of `GET /fit/{id}/view`."""
    seen: schemas.FitView = (yield from _sent(fit, Request("GET", f"/fit/{fit.id}/view", options))).json()
    return seen


def views(fit: BaseFit, /, **options: Any) -> Exchange[schemas.CurveViewPage]:
    """Return small pictures of many curves, a page of them; `options` are those of `GET /fit/{id}/views`."""
    page: schemas.CurveViewPage = (yield from _sent(fit, Request("GET", f"/fit/{fit.id}/views", options))).json()
    return page


def picture(fit: BaseFit) -> Exchange[bytes | None]:
    """Return a plot for a notebook, or None where there is none: its table must be shown all the same."""
    try:
        answer = yield from send(Request("GET", f"/fit/{fit.id}/plot.svg"), replace(fit.client.retries, count=0))
        return answer.content
    except FitServiceError:
        return None


def _sent(fit: BaseFit, request: Request) -> Exchange[Response]:
    return (yield from send(request, fit.client.retries))


def _rows(column: Any, name: str) -> Any:
    if isinstance(column, dict):
        return {variable: rows_of(rows, variable) for variable, rows in column.items()}
    return rows_of(column, name)


def _points(x: Any) -> Any:
    if isinstance(x, Mapping):
        return {name: _column(column, name) for name, column in x.items()}
    return None if x is None else _column(x, "x")


def _column(values: Any, name: str) -> Any:
    return None if values is None else listed(rows_of(np.atleast_1d(values), name))

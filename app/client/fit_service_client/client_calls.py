"""What is asked of the service, as exchanges; their first argument is the client, whose methods they are."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeVar, Unpack, cast

from . import schemas
from .base_client import BaseClient
from .base_fit import BaseFit
from .connection import Connection
from .errors import FitServiceError
from .exchanges import Exchange, Pages, Request
from .fit_calls import MINIMAL, cancel, wait
from .fit_request import Body, FitOptions, Model, body_of, body_of_file
from .progress import Show
from .sending import Retries, send

F = TypeVar("F", bound=BaseFit)
T = TypeVar("T")

_FIRST_WAIT_SECONDS = 2
"""How long the answer to a post waits for the end of the fit, which most reach sooner: one request is enough then."""


def submit(
    client: BaseClient[F],
    x: Any = None,
    y: Any = None,
    model: Model | None = None,
    *,
    idempotency_key: str | None = None,
    **options: Unpack[FitOptions],
) -> Exchange[F]:
    """Post a fit and return it at once: `wait()` waits for its end. It takes what `fit` takes.

    Whoever presses Ctrl-C before it is returned cancels it: nobody knows it yet.
    """
    body, key = body_of(x, y, model, options), idempotency_key or uuid.uuid4().hex
    try:
        return (yield from _posted(client, body, key, 0))
    except BaseException as interruption:
        if _is_given_up(interruption):
            yield from _given_up(client, body, key, None)
        raise


def fit(
    client: BaseClient[F],
    x: Any = None,
    y: Any = None,
    model: Model | None = None,
    *,
    timeout: float | None = None,
    progress: bool | Show | None = None,
    idempotency_key: str | None = None,
    **options: Unpack[FitOptions],
) -> Exchange[F]:
    """Fit a model to data, wait for the end, and return the fit. How it ended says its status: nothing is raised.

    Args:
        client: The client.
        x: Array of points, or predictor variables by name, each an array.
        y: Array of as many values; of many curves a matrix, curves x points, or a list of arrays.
        model: A formula, `"a * exp(-b*x) + c"`; a model of the library, `"gaussian"`, `"gaussian + linear"`; what
            `POST /fit` takes as a model; or a function `f(x, a, b)` of arithmetic and NumPy's functions.
        timeout: Seconds to wait: then WaitTimeoutError is raised, and the fit goes on.
        progress: Whether a bar is shown on stderr, by itself where this is a terminal; or a function that is told it.
        idempotency_key: A key by which the service knows the request again; left out: a new one.
        options: What else there is to say, see FitOptions: start, parameters, sigma, sigma_absolute, weights,
            response, labels, missing, target, data, curve, reading, hyperparameters, loss, confidence, seed, device,
            dtype, metadata, webhook.

    Whoever presses Ctrl-C, or cancels the task, cancels the fit too: nobody else knows it. A fit that was posted by
    `submit` goes on.
    """
    body, key = body_of(x, y, model, options), idempotency_key or uuid.uuid4().hex
    posted: F | None = None
    try:
        posted = yield from _posted(client, body, key, _FIRST_WAIT_SECONDS)
        return (yield from wait(posted, timeout, progress))
    except BaseException as interruption:
        if _is_given_up(interruption):
            yield from _given_up(client, body, key, posted)
        raise


def get(client: BaseClient[F], fit_id: str) -> Exchange[F]:
    """Return a fit by its id. Raises FitNotFoundError."""
    answer = yield from send(Request("GET", f"/fit/{fit_id}", headers=MINIMAL), client.retries)
    return client.fit_of(answer.json())


def fits(
    client: BaseClient[F],
    /,
    *,
    status: str | Sequence[str] | None = None,
    metadata: Mapping[str, str] | None = None,
    **filters: Any,
) -> Pages[F]:
    """Iterate over fits, newest first: of some states, with some labels. Pages are read as they are needed.

    `filters` are further parameters of `GET /fit`.
    """
    labels = {f"metadata[{name}]": value for name, value in (metadata or {}).items()}
    statuses = [status] if isinstance(status, str) else status

    def read(after: Any) -> Exchange[tuple[list[F], Any]]:
        parameters = {"status": statuses, "limit": 100, "after": after, **labels, **filters}
        page = (yield from send(Request("GET", "/fit", parameters), client.retries)).json()
        return [client.fit_of(row) for row in page["data"]], page["last_id"] if page["has_more"] else None

    return read


def check(
    client: Connection,
    model: str | Mapping[str, Any],
    *,
    variables: Sequence[str] = ("x",),
    parameters: Mapping[str, Any] | Literal["auto"] | None = None,
) -> Exchange[schemas.CheckedModel]:
    """Return what a model is before it is fitted: its formula and parameters, as `POST /check` has them.

    Raises InvalidFieldsError or InvalidRequestError for one that can't be read, with the place in `errors`.
    """
    body = {"model": model, "variables": list(variables), "parameters": parameters}
    checked: schemas.CheckedModel = (yield from send(Request.with_json("/check", body), client.retries)).json()
    return checked


def compare(
    client: Connection,
    fits: Sequence[BaseFit | str],
    *,
    criterion: Literal["aicc", "aic", "bic"] = "aicc",
    nested: bool | Sequence[Sequence[BaseFit | str]] | None = None,
    after: int = -1,
    limit: int = 100,
) -> Exchange[schemas.Comparison]:
    """Return fits of the same data side by side: criteria, weights, evidence, and tests where one is nested.

    Of many curves a page follows with each by itself: `after` and `limit` say which.
    """
    pairs = nested if nested is None or isinstance(nested, bool) else [[_id(end) for end in pair] for pair in nested]
    body = {"fits": [_id(one) for one in fits], "criterion": criterion, "nested": pairs, "after": after, "limit": limit}
    comparison: schemas.Comparison = (yield from send(Request.with_json("/compare", body), client.retries)).json()
    return comparison


def read_table(
    client: Connection, data: Any, reading: Mapping[str, Any] | None = None
) -> Exchange[schemas.TableReading]:
    """Return a file as a fit would read it: its columns, first rows, and what the columns most likely are.

    `data` is a file, its path, its bytes or a table of pandas; `reading` is as in `fit`.
    """
    body = body_of_file(data, reading)
    request = Request("POST", "/read", headers={"Content-Type": body.media_type}, content=body.content)
    table: schemas.TableReading = (yield from send(request, client.retries)).json()
    return table


def models(client: Connection) -> Exchange[schemas.ModelList]:
    """Return the models of the library, and series, with formulas, meanings and options."""
    return (yield from _read(client, "/models", schemas.ModelList))


def model(client: Connection, name: str) -> Exchange[schemas.ModelDescription]:
    """Return a model of the library. Raises ModelNotFoundError."""
    return (yield from _read(client, f"/models/{name}", schemas.ModelDescription))


def optimizers(client: Connection) -> Exchange[schemas.OptimizerList]:
    """Return the optimizers, with their hyperparameters."""
    return (yield from _read(client, "/optimizers", schemas.OptimizerList))


def losses(client: Connection) -> Exchange[schemas.LossList]:
    """Return the losses, with what each is good for."""
    return (yield from _read(client, "/losses", schemas.LossList))


def functions(client: Connection) -> Exchange[schemas.FunctionList]:
    """Return the functions that formulas may contain."""
    return (yield from _read(client, "/functions", schemas.FunctionList))


def devices(client: Connection) -> Exchange[schemas.DeviceList]:
    """Return where fits can be trained."""
    return (yield from _read(client, "/devices", schemas.DeviceList))


def _read(client: Connection, path: str, _kind: type[T]) -> Exchange[T]:
    answer = yield from send(Request("GET", path), client.retries)
    return cast(T, answer.json())


def _posted(
    client: BaseClient[F], body: Body, key: str, wait_seconds: int, retries: Retries | None = None
) -> Exchange[F]:
    preferences = f"return=minimal, wait={wait_seconds}"
    headers = {"Content-Type": body.media_type, "Idempotency-Key": key, "Prefer": preferences}
    request = Request("POST", "/fit", headers=headers, content=body.content)
    answer = yield from send(request, client.retries if retries is None else retries)
    return client.fit_of(answer.json())


def _is_given_up(interruption: BaseException) -> bool:
    """Tell whether a person or a task wants an end, before the id of the fit is known to anybody."""
    return not isinstance(interruption, Exception | GeneratorExit)


def _given_up(client: BaseClient[F], body: Body, key: str, posted: F | None) -> Exchange[None]:
    """Cancel a fit, of which perhaps only the key is known; what can't be reached any more is let go."""
    try:
        if posted is None:
            posted = yield from _posted(client, body, key, 0, replace(client.retries, count=0))
        if not posted.has_ended:
            yield from cancel(posted)
    except FitServiceError:
        pass


def _id(fit: BaseFit | str) -> str:
    return fit if isinstance(fit, str) else fit.id

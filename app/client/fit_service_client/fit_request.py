"""The request of a fit, from what is given in Python."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias, TypedDict

import httpx

from .columns import MANY_NUMBERS, ArrayLike, can_be_sent_as_file, columns_of, file_of
from .tracing import trace

Model: TypeAlias = str | Mapping[str, Any] | Callable[..., Any]
"""A formula, a model of the library by name, a sum or series as `POST /fit` takes it, or a function `f(x, a, b)`."""


class FitOptions(TypedDict, total=False):
    """What a fit may be told besides x, y and model; what is left out is left to the service."""

    start: Mapping[str, float | Literal["auto"]]
    """Start values by parameter; of what is left out they are guessed or searched for."""
    parameters: Mapping[str, Any] | Literal["auto"]
    """More on parameters than their start: `{"a": {"lower": 0, "upper": 10}, "b": {"fixed": True, "start": 1}}`."""
    sigma: ArrayLike | str | None
    """Standard deviation of each y."""
    sigma_absolute: bool
    """Whether sigma is the standard deviation itself, and not only in proportion to it."""
    weights: ArrayLike | str | None
    """Factor of each squared residual, instead of sigma."""
    response: str | None
    """Formula in y, such as `log(y)`, to which the model is fitted instead of y."""
    labels: Sequence[str] | None
    """A label for each of many curves."""
    missing: Literal["refuse", "omit"] | None
    """What becomes of points of which a value is missing (NaN)."""
    target: Mapping[str, Any] | None
    """The target as `POST /fit` takes it, instead of x and y: `{"function": "sin", "domain": [-3, 3]}`."""
    data: Any
    """A file, its path, its bytes or a table of pandas; then x, y, sigma and weights are names of its columns."""
    curve: str | None
    """With `data`: the column that says to which curve a row belongs."""
    reading: Mapping[str, Any] | None
    """With `data`: how the file is read, as `target.reading` of `POST /fit`."""
    hyperparameters: Mapping[str, Any] | str | None
    """Optimizer and its settings: `{"optimizer": "adam", "steps": 1000}`, or only its name."""
    loss: Mapping[str, Any] | str | None
    """What the training makes smaller: `huber`, `{"kind": "poisson"}`, ..."""
    confidence: Mapping[str, Any] | float | None
    """Level of the confidence intervals, or `{"level": 0.95, "profile": True}`."""
    seed: int | None
    """Seed of the search for start values."""
    device: str | None
    """Where it is trained."""
    dtype: Literal["float64", "float32"] | None
    """Number format of the training."""
    metadata: Mapping[str, str] | None
    """Labels of your own, by which fits are found again."""
    webhook: str | None
    """Name of the webhook that is told of the end."""


@dataclass(frozen=True)
class Body:
    """The body of a request."""

    content: bytes
    media_type: str


_OF_TARGET = ("sigma_absolute", "response", "missing")
_OF_REQUEST = ("seed", "device", "dtype", "metadata", "webhook")


def body_of(x: Any, y: Any, model: Model | None, options: FitOptions) -> Body:
    """Return the body of `POST /fit`. Raises TypeError and ValueError for what can't be sent."""
    unknown = sorted(options.keys() - FitOptions.__annotations__.keys())
    if unknown:
        known = ", ".join(FitOptions.__annotations__)
        raise TypeError(f"a fit has no {', '.join(unknown)}: it has {known}")
    fields = {name: options.get(name) for name in _OF_REQUEST}
    fields |= _model(model, x, options)
    fields["hyperparameters"] = _named(options.get("hyperparameters"), "optimizer")
    fields["loss"] = options.get("loss")
    confidence = options.get("confidence")
    fields["confidence"] = {"level": confidence} if isinstance(confidence, int | float) else confidence
    target, file = _target(x, y, options)
    request = {name: value for name, value in {"target": target, **fields}.items() if value is not None}
    content = json.dumps(request, allow_nan=False).encode()
    return Body(content, "application/json") if file is None else _form("fit", content, file)


def _named(value: Any, name: str) -> Any:
    return {name: value} if isinstance(value, str) and value != "auto" else value


def _model(model: Model | None, x: Any, options: FitOptions) -> dict[str, Any]:
    """Return model and parameters; those of a function have the names that they have in its formula."""
    given: dict[str, Any] | Literal["auto"] | None = _parameters(options)
    if not callable(model):
        return {"model": model, "parameters": given}
    traced = trace(model, tuple(x) if isinstance(x, Mapping) else ("x",))
    named = {name: {"start": start} for name, start in traced.defaults.items()}
    if isinstance(given, dict):
        named |= {traced.parameters.get(name, name): value for name, value in given.items()}
    return {"model": traced.formula, "parameters": given if given == "auto" else named or None}


def _parameters(options: FitOptions) -> dict[str, Any] | Literal["auto"] | None:
    parameters, start = options.get("parameters"), options.get("start")
    if isinstance(parameters, str) or (parameters is None and start is None):
        return parameters
    described = {name: _named_start(value) for name, value in (parameters or {}).items()}
    for name, value in (start or {}).items():
        described[name] = {**described.get(name, {}), "start": value if value == "auto" else float(value)}
    return described


def _named_start(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {"start": value}


def _target(x: Any, y: Any, options: FitOptions) -> tuple[Any, tuple[str, bytes, str] | None]:
    """Return the target, and the file that has its data, if there is one: name, content, media type."""
    told = {name: options.get(name) for name in _OF_TARGET if options.get(name) is not None}
    if options.get("data") is not None:
        columns = {name: options.get(name) for name in ("sigma", "weights", "curve", "reading")}
        given = {name: value for name, value in {"x": x, "y": y, **columns}.items() if value is not None}
        return given | told, _file(options["data"])
    if x is None and y is None:
        return options.get("target"), None
    if x is None or y is None or options.get("target") is not None:
        raise TypeError("give x and y, or a target, or data with the names of its columns as x and y")
    measured = columns_of(x, y, options.get("sigma"), options.get("weights"))
    labels = options.get("labels")
    if measured.size >= MANY_NUMBERS and can_be_sent_as_file():
        target, content = file_of(measured, labels)
        return target | told, ("data.arrow", content, "application/vnd.apache.arrow.file")
    named = {} if labels is None else {"labels": list(map(str, labels))}
    return measured.target | named | told, None


def _file(data: Any) -> tuple[str, bytes, str]:
    if isinstance(data, str | Path):
        return Path(data).name, Path(data).read_bytes(), "application/octet-stream"
    if isinstance(data, bytes):
        return "data", data, "application/octet-stream"
    if hasattr(data, "to_csv"):
        return "data.csv", data.to_csv(index=False).encode(), "text/csv"
    if hasattr(data, "read"):
        return _read(data)
    raise TypeError(f"data is a {type(data).__name__}: give a path, bytes, an open file or a table of pandas")


def _read(file: IO[Any]) -> tuple[str, bytes, str]:
    content = file.read()
    name = Path(str(getattr(file, "name", "data"))).name
    return name, content.encode() if isinstance(content, str) else content, "application/octet-stream"


def body_of_file(data: Any, reading: Mapping[str, Any] | None) -> Body:
    """Return the body of `POST /read`: a file, and what is said of how it is read. Raises TypeError for no file."""
    return _form("reading", json.dumps(reading or {}, allow_nan=False).encode(), _file(data))


def _form(name: str, document: bytes, file: tuple[str, bytes, str]) -> Body:
    # Built once, so that a request that is tried again is the same to the last byte.
    parts = {name: (None, document, "application/json"), "data": file}
    built = httpx.Request("POST", "http://localhost", files=parts)
    return Body(built.read(), built.headers["Content-Type"])

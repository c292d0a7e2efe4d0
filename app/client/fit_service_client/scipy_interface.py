"""`curve_fit` for who moves over from SciPy: the same arguments, the same answer."""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from .base_fit import BaseFit
from .client import Client
from .columns import ArrayLike, Floats
from .tracing import TracedFunction, trace

Bounds: TypeAlias = Any
"""`(lower, upper)`, each a number for all parameters or one for each; scipy.optimize.Bounds; or pairs by name."""

_METHODS = (None, "lm", "trf", "dogbox")


def curve_fit(
    f: str | Callable[..., Any],
    xdata: ArrayLike,
    ydata: ArrayLike,
    p0: ArrayLike | Mapping[str, float] | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    bounds: Bounds = (-math.inf, math.inf),
    method: str | None = None,
    *,
    url: str | None = None,
    key: str | None = None,
    client: Client | None = None,
) -> tuple[Floats, Floats]:
    """Fit f to data and return `(popt, pcov)`, as scipy.optimize.curve_fit does.

    f is a function `f(x, a, b, ...)` of arithmetic and NumPy's functions, which is called once to see its formula; or
    a formula or a model of the library, whose parameters are in the order in which `Client.check` has them. p0 and
    bounds may be by name. An xdata of several rows is as many predictor variables, `u, v = x` in the function, x1 and
    x2 in a formula.

    Left out, p0 are the defaults of the function's arguments, and what has none is searched for by the service, where
    SciPy begins at 1. `method` is taken and has no effect: the service chooses, and has exact derivatives. A parameter
    that ends at its bound has NaN in pcov; where the data do not determine the parameters, pcov is infinite and there
    is a warning, as in SciPy.

    Raises TypeError for a function that is no formula, FitFailedError, which is a RuntimeError, where no fit was found,
    and ValueError for data that no fit can use.
    """
    if method not in _METHODS:
        raise ValueError(f"method {method!r} is none of lm, trf and dogbox: the service chooses by itself")
    x, y = _variables(xdata), np.asarray(ydata, dtype=np.float64)
    if not np.isfinite(y).all():
        raise ValueError("ydata must not be infinite or missing: leave these points out")
    asked = Client(url, key) if client is None else client
    try:
        model = _model(f, tuple(x) if isinstance(x, dict) else ("x",), p0, asked)
        parameters = _bounded(model, bounds)
        start = _within(parameters, model.defaults) if p0 is None else _start(model, p0)
        options = {"start": start, "parameters": parameters, **_weights(sigma, absolute_sigma, y)}
        fit = asked.fit(x, y, model.formula, progress=False, **options)
    finally:
        if client is None:
            asked.close()
    fit.raise_for_status()
    names = list(model.parameters.values())
    return np.array([fit.coefficients[name] for name in names]), _covariance(fit, names)


def _model(f: str | Callable[..., Any], variables: tuple[str, ...], p0: Any, asked: Client) -> TracedFunction:
    """Return f as a formula, and the order of its parameters."""
    if callable(f):
        return trace(f, variables, None if p0 is None else _size(p0))
    checked = asked.check(f, variables=variables)
    return TracedFunction(f, {parameter["name"]: parameter["name"] for parameter in checked["parameters"]}, {})


def _size(p0: Any) -> int:
    return len(p0) if isinstance(p0, Mapping) else np.size(p0)


def _start(model: TracedFunction, p0: Any) -> dict[str, float]:
    """Return start values by the names of the formula. Raises ValueError."""
    if isinstance(p0, Mapping):
        return {_in_formula(model, name): float(value) for name, value in p0.items()}
    if _size(p0) != len(model.parameters):
        raise ValueError(f"p0 has {_size(p0)} values, but the model has {len(model.parameters)} parameters")
    return dict(zip(model.parameters.values(), map(float, np.atleast_1d(p0)), strict=True))


def _in_formula(model: TracedFunction, name: str) -> str:
    return model.parameters.get(name, name)


def _bounded(model: TracedFunction, bounds: Bounds) -> dict[str, dict[str, float]]:
    """Return the finite bounds by the names of the formula. Raises ValueError."""
    if isinstance(bounds, Mapping):
        pairs = {_in_formula(model, name): pair for name, pair in bounds.items()}
    else:
        sides = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
        count = len(model.parameters)
        try:
            lower, upper = (np.broadcast_to(np.asarray(side, dtype=np.float64), count) for side in sides)
        except ValueError:
            raise ValueError(f"bounds need a number for all, or one for each of {count} parameters") from None
        pairs = dict(zip(model.parameters.values(), zip(lower, upper, strict=True), strict=True))
    named = {name: zip(("lower", "upper"), map(float, pair), strict=True) for name, pair in pairs.items()}
    finite = {name: {side: limit for side, limit in pair if math.isfinite(limit)} for name, pair in named.items()}
    return {name: limits for name, limits in finite.items() if limits}


def _within(bounded: Mapping[str, Mapping[str, float]], start: Mapping[str, float]) -> dict[str, float]:
    """Return the start values that lie within bounds: defaults were written without thinking of these."""
    sides = {name: bounded.get(name, {}) for name in start}
    lower = {name: side.get("lower", -math.inf) for name, side in sides.items()}
    upper = {name: side.get("upper", math.inf) for name, side in sides.items()}
    return {name: value for name, value in start.items() if lower[name] <= value <= upper[name]}


def _variables(xdata: Any) -> Floats | dict[str, Floats]:
    if isinstance(xdata, Mapping):
        return {name: np.asarray(column, dtype=np.float64) for name, column in xdata.items()}
    array = np.asarray(xdata, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("xdata must not be infinite or missing: leave these points out")
    if array.ndim == 1:
        return array
    if array.ndim != 2:
        raise ValueError(f"xdata has {array.ndim} axes: give M points, or k x M for k predictor variables")
    return {f"x{row + 1}": column for row, column in enumerate(array)}


def _weights(sigma: Any, absolute: bool, y: Floats) -> dict[str, Any]:
    if sigma is None:
        # An error of 1 for each point is what SciPy takes then.
        return {"sigma": np.ones_like(y), "sigma_absolute": True} if absolute else {}
    deviations = np.asarray(sigma, dtype=np.float64)
    if deviations.ndim > 1:
        raise TypeError("sigma is a covariance matrix, which the service does not take: give standard deviations")
    return {"sigma": np.broadcast_to(deviations, y.shape), "sigma_absolute": absolute}


def _covariance(fit: BaseFit, names: list[str]) -> Floats:
    """Return the covariance in the order of names; NaN for parameters that are at a bound."""
    if fit.covariance is None:
        words = "the covariance of the parameters could not be estimated: the data do not determine all of them"
        warnings.warn(words, RuntimeWarning, stacklevel=3)
        return np.full((len(names), len(names)), math.inf)
    covariance = np.full((len(names), len(names)), math.nan)
    places = [names.index(name) for name in fit.variables]
    covariance[np.ix_(places, places)] = fit.covariance
    return covariance

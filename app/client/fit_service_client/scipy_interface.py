"""`curve_fit` for who moves over from SciPy: the same arguments, the same answer."""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from .base_fit import BaseFit
from .client import Client
from .columns import ArrayLike, Floats
from .tracing import trace

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
    a formula or a model of the library, whose parameters have the order of the service's answer, and p0 and bounds
    are by name then. An xdata of several rows is as many predictor variables, `u, v = x` in the function.

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
    problem = _Problem.of(f, p0, tuple(x) if isinstance(x, dict) else ("x",))
    bounded = problem.bounded(bounds)
    start = problem.start if p0 is not None else _within(bounded, problem.start)
    options = {"start": start, "parameters": bounded, **_weights(sigma, absolute_sigma, y)}
    asked = Client(url, key) if client is None else client
    try:
        fit = asked.fit(x, y, problem.model, progress=False, **options)
    finally:
        if client is None:
            asked.close()
    fit.raise_for_status()
    names = problem.names or list(fit.coefficients)
    return np.array([fit.coefficients[name] for name in names]), _covariance(fit, names)


class _Problem:
    """A model with its start values, whose parameters have an order if they come from a function."""

    def __init__(self, model: str, names: list[str] | None, start: dict[str, float]) -> None:
        self.model, self.names, self.start = model, names, start

    @classmethod
    def of(cls, f: str | Callable[..., Any], p0: Any, variables: tuple[str, ...]) -> "_Problem":
        """Return the problem of a function or a formula. Raises TypeError and ValueError."""
        if isinstance(f, str):
            if p0 is not None and not isinstance(p0, Mapping):
                raise TypeError("a formula has its parameters by name: p0={'a': 1, 'b': 2}")
            return cls(f, None, dict(p0 or {}))
        traced = trace(f, variables, None if p0 is None else len(np.atleast_1d(p0)))
        names = list(traced.parameters.values())
        if p0 is None:
            return cls(traced.formula, names, traced.defaults)
        if isinstance(p0, Mapping):
            return cls(traced.formula, names, {traced.parameters[name]: float(p0[name]) for name in p0})
        values = np.atleast_1d(p0)
        if len(values) != len(names):
            raise ValueError(f"p0 has {len(values)} values, but the function has {len(names)} parameters")
        return cls(traced.formula, names, dict(zip(names, map(float, values), strict=True)))

    def bounded(self, bounds: Bounds) -> dict[str, dict[str, float]]:
        """Return the parameters that have bounds. Raises TypeError and ValueError."""
        if isinstance(bounds, Mapping):
            pairs = dict(bounds)
        else:
            lower, upper = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
            if self.names is None:
                if np.isinf(lower).all() and np.isinf(upper).all():
                    return {}
                raise TypeError("a formula has its parameters by name: bounds={'a': (0, 10)}")
            try:
                sides = [
                    np.broadcast_to(np.asarray(side, dtype=np.float64), len(self.names)) for side in (lower, upper)
                ]
            except ValueError:
                raise ValueError(
                    f"bounds need a number for all, or one for each of {len(self.names)} parameters"
                ) from None
            pairs = dict(zip(self.names, zip(*sides, strict=True), strict=True))
        fields = {name: {"lower": float(pair[0]), "upper": float(pair[1])} for name, pair in pairs.items()}
        finite = {
            name: {side: value for side, value in both.items() if math.isfinite(value)} for name, both in fields.items()
        }
        return {name: both for name, both in finite.items() if both}


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

"""The x at which a fitted model has given responses, from what is stored of the fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from app.fitting.problems.data import Data, parse_response
from app.fitting.problems.losses import needs_threshold
from app.fitting.statistics.inverse_prediction import Interval, Inverted, Solution, invert
from app.fitting.statistics.search_range import SearchRange
from app.fitting.statistics.section import Section
from app.fitting.statistics.unknowns import Unknowns, mean_of
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.results.fitted import FittedModel, fitted_model, own_data
from app.jobs.results.profiled_inverse import profiled
from app.jobs.store.curve_labels import curve_labelled
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.inverse import InverseRequest

_SAME_SIGMA = 1e-6
"""Share by which standard deviations of points may differ and still be the same, as rounded numbers are."""


def inverse(store: Store, record: FitRecord, request: InverseRequest) -> dict[str, Any]:
    """Return the fields of `app.schemas.inverse.InversePrediction`.

    Raises InvalidRequestError for what does not fit the model, NoResultError if there are no coefficients, and
    CurveNotFoundError if there is no such curve.
    """
    curve = request.curve if request.label is None else curve_labelled(store, record, request.label)
    model = fitted_model(store, record, curve)
    own = own_data(store, record, curve)
    section = _section(model, request)
    search = SearchRange.of(_column(own, section.variable), request.range)
    interval = _interval(model, section, request)
    unknowns = _unknowns(model, request, own, _measured(model, request))
    if request.interval == "profile" and section.known is not None:
        inverted = profiled(store, record, curve, section, search, unknowns)
    else:
        inverted = invert(section, search, unknowns, interval)
    tell = _Estimates(search, section, inverted, request.interval == "profile")
    return {
        "object": "inverse",
        "fit": record.id,
        "curve": curve,
        "variable": section.variable,
        "response": model.fit.response,
        "level": request.level,
        "interval": None if section.known is None else "profile" if request.interval == "profile" else interval.value,
        "range": [search.low, search.high],
        "reach": inverted.reach,
        "data": map(tell.of, unknowns.y.tolist(), inverted.solutions),
        "message": None if section.known is not None else f"there are no limits: {model.without_covariance}",
    }


def _section(model: FittedModel, request: InverseRequest) -> Section:
    """Return the model along the variable that is asked for. Raises InvalidRequestError."""
    known = model.fit.variables
    variable = request.variable or known[0]
    if request.variable is None and len(known) > 1:
        raise _wrong(("variable",), f"say which is asked for: {', '.join(known)}")
    if variable not in model.formula.variables:
        raise _wrong(("variable",), f"the model does not use {variable}, so no y tells of it")
    others = model.formula.variables - {variable}
    wrong = [
        WrongField(("at", name), "the model has no such other variable") for name in request.at if name not in others
    ]
    wrong += [WrongField(("at",), f"give the value of {name}") for name in sorted(others - request.at.keys())]
    if wrong:
        raise InvalidRequestError(wrong)
    return Section(model.formula, model.parameters, model.free, variable, model.uncertainty, request.at)


def _column(own: Data, variable: str) -> Tensor:
    """Return the values of a variable at the points that count, (points,)."""
    column = own.variables[variable].double()
    counting = column if own.factor is None else column[own.factor > 0]
    if not len(counting):
        raise NoResultError("no point of the data counts: there is no range of x")
    return counting


def _interval(model: FittedModel, section: Section, request: InverseRequest) -> Interval:
    if request.interval == "profile":
        if section.known is not None and (model.fit.shared or needs_threshold(model.fit.loss.name)):
            words = "of curves that share parameters, and with a robust loss, there is no profile: take inversion"
            raise _wrong(("interval",), words)
        return Interval.DELTA
    if request.interval != "auto":
        interval = Interval(request.interval)
        if interval is Interval.FIELLER and section.known is not None and not section.is_line:
            words = "Fieller's limits are those of a straight line with one variance everywhere: take inversion"
            raise _wrong(("interval",), words)
        return interval
    return Interval.FIELLER if section.is_line else Interval.INVERSION


def _measured(model: FittedModel, request: InverseRequest) -> list[Tensor]:
    """Return the replicates of each unknown on the scale of the model. Raises InvalidRequestError for one without."""
    measured = [torch.tensor(y if isinstance(y, list) else [y], dtype=torch.float64) for y in request.y]
    if model.fit.response is None:
        return measured
    response = parse_response(model.fit.response)
    transformed = [response({"y": y}).expand_as(y) for y in measured]
    for index, replicates in enumerate(transformed):
        if not bool(replicates.isfinite().all()):
            raise _wrong(("y", index), f"{model.fit.response} has no finite value here")
    return transformed


def _unknowns(model: FittedModel, request: InverseRequest, own: Data, measured: list[Tensor]) -> Unknowns:
    """Return what is known of each response. Raises InvalidRequestError for what can't be known."""
    known = model.uncertainty
    if known is None or request.mean_response:
        return Unknowns.known_exactly(torch.stack([mean_of(y) for y in measured]), known, request.level)
    sigma = _sigma(model, request, own)
    counts = torch.tensor([request.replicates or len(y) for y in measured], dtype=torch.float64)
    unknowns = Unknowns.measured(measured, counts, sigma, known, request.level)
    if not request.pooled:
        return unknowns
    if known.response_variance is None or known.degrees_of_freedom is None:
        words = "only where a sum of squares told the variance of y can replicates add to it: leave pooled out"
        raise _wrong(("pooled",), words)
    return unknowns.pooled(measured, sigma, known.response_variance, known.degrees_of_freedom, request.level)


def _sigma(model: FittedModel, request: InverseRequest, own: Data) -> Tensor:
    """Return the standard deviation of a single measurement of each unknown, (unknowns,)."""
    unknowns = len(request.y)
    if isinstance(request.sigma, list):
        return torch.tensor(request.sigma, dtype=torch.float64)
    if request.sigma is not None:
        return torch.full((unknowns,), request.sigma, dtype=torch.float64)
    if own.factor is None or model.fit.loss.name == "poisson":
        return torch.ones(unknowns, dtype=torch.float64)
    deviations = 1 / own.factor[own.factor > 0].double()
    if not bool(deviations.amax() <= (1 + _SAME_SIGMA) * deviations.amin()):
        words = "the points of the fit have standard deviations that differ: give that of a measurement of each unknown"
        raise _wrong(("sigma",), words)
    return deviations.mean().expand(unknowns)


@dataclass(frozen=True)
class _Estimates:
    """What is told of each unknown."""

    search: SearchRange
    section: Section
    inverted: Inverted
    is_profile: bool

    def of(self, y: float, solutions: list[Solution]) -> dict[str, Any]:
        """Return the fields of `app.schemas.inverse.InverseEstimate`."""
        rows = [
            {
                "x": solution.x,
                "stderr": solution.stderr,
                "lower": solution.lower,
                "upper": solution.upper,
                "extrapolated": self.search.extrapolates(solution.x),
            }
            for solution in solutions
        ]
        only = rows[0] if len(rows) == 1 else dict.fromkeys(("x", "stderr", "lower", "upper")) | {"extrapolated": False}
        return {"y": y, **only, "solutions": rows, "message": "; ".join(self._words(solutions)) or None}

    def _words(self, solutions: list[Solution]) -> Iterator[str]:
        name, search = self.section.variable, self.search
        if not solutions:
            yield f"no {name} has this y: {self._reach()}"
        elif len(solutions) > 1:
            yield f"{len(solutions)} {name} have this y, see solutions: give a range in which there is only one"
        else:
            if search.extrapolates(solutions[0].x):
                yield f"{name} lies beyond the data, which go from {search.data_low:g} to {search.data_high:g}"
            if self.section.known is not None:
                yield from _words_of_limits(solutions[0], self.is_profile)

    def _reach(self) -> str:
        within, beyond, search = self.inverted.reach, self.inverted.reach_beyond, self.search
        between = f"for {self.section.variable} between {search.low:g} and {search.high:g}"
        if beyond is None:
            return "the model has no value in this range"
        if within is None or search.is_given:
            return f"the model goes from {beyond[0]:g} to {beyond[1]:g} {between}"
        everywhere = f"wherever {self.section.variable} was tried, from {beyond[0]:g} to {beyond[1]:g}"
        return f"the model goes from {within[0]:g} to {within[1]:g} {between}, and {everywhere}"


def _words_of_limits(solution: Solution, is_profile: bool) -> Iterator[str]:
    """Yield why an x lacks limits."""
    if is_profile and (solution.lower is None or solution.upper is None):
        yield "a limit was not found: the model is too flat on that side, or ends, or the fit is not at its minimum"
    elif solution.excluded is not None:
        low, high = solution.excluded
        yield f"no limits: the model may as well be level; all x but those from {low:g} to {high:g} may have this y"
    elif solution.lower is None and solution.upper is None:
        yield "no limits: the model is too flat here, or y too uncertain, to exclude any x on either side"
    elif solution.lower is None or solution.upper is None:
        side = "lower" if solution.lower is None else "upper"
        yield f"no {side} limit: on this side the model is too flat, or ends, before y can be excluded"


def _wrong(path: tuple[str | int, ...], words: str) -> InvalidRequestError:
    return InvalidRequestError([WrongField(path, words)])

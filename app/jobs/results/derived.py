"""Quantities that follow from the coefficients of a stored fit."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, FormulaError, parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.statistics.derived import Integral, Quantity, correlations, derive
from app.fitting.statistics.distributions import two_sided
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.fit.problem import parameters_of
from app.jobs.results.fitted_curves import FittedCurves, Row, batches, only_curve, page_of
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.derived import Area, DeriveRequest

_MOST_KNOTS = 200
"""Most x of the data between which an integral begins with panels of its own."""
_CURVES_AT_ONCE = 64
"""Most curves that are integrated at once."""


def derived(store: Store, record: FitRecord, request: DeriveRequest) -> dict[str, Any]:
    """Return the fields of `app.schemas.derived.DerivedPage`.

    Raises InvalidRequestError for what does not fit the model, NoResultError if there are no coefficients, and
    CurveNotFoundError if there is no such curve.
    """
    if record.formula is None:
        raise NoResultError("the degree of the series was not chosen before the fit ended: there is no model")
    formula = parse(record.formula, record.fit.variables)
    wanted = _Wanted(formula, request)
    curves = "all" if request.curves is None else request.curves
    page, has_more = list[Row](), False
    if record.fit.curves is not None or request.curves is not None:
        page, has_more = page_of(store, record, curves, request.after, request.limit)
    fitted = [only_curve(store, record)] if record.fit.curves is None else batches(store, record, page)
    parameters = parameters_of(formula.parameters, record.fit.parameters)
    return {
        "object": "list",
        "fit": record.id,
        "level": request.level,
        "names": list(request.quantities),
        "data": (row for some in fitted for row in wanted.of(parameters, some)),
        "has_more": has_more,
        "last_curve": page[-1]["curve"] if page else None,
    }


class _Wanted:
    """The quantities of a request. Raises InvalidRequestError for those that do not fit the model."""

    def __init__(self, formula: Formula, request: DeriveRequest) -> None:
        self._formula = formula
        self._request = request
        self._formulas: dict[str, Formula] = {}
        wrong = []
        for name, quantity in request.quantities.items():
            try:
                if isinstance(quantity, str):
                    self._formulas[name] = parse(quantity, formula.parameters, allow_parameters=False)
                else:
                    wrong += _wrong_in_area(formula, name, quantity)
            except FormulaError as error:
                wrong.append(WrongField.of_formula(("quantities", name), error))
        if wrong:
            raise InvalidRequestError(wrong)

    def of(self, parameters: Parameters, curves: FittedCurves) -> Iterator[dict[str, Any]]:
        """Yield the fields of `app.schemas.derived.DerivedOfCurve` for each curve."""
        quantities = [self._quantity(name, curves) for name in self._request.quantities]
        size = len(curves.numbers) if len(self._formulas) == len(quantities) else _CURVES_AT_ONCE
        for first in range(0, len(curves.numbers), size):
            some = slice(first, first + size)
            found = derive(
                quantities, parameters, curves.free[:, some], curves.covariance[some], curves.moving[:, some]
            )
            correlation = correlations(found.covariance)
            for place in range(found.values.shape[1]):
                index = first + place
                numbers = (found.values[:, place], found.covariance[place], correlation[place])
                yield {
                    "curve": curves.numbers[index],
                    "label": curves.labels[index],
                    **self._presented(*numbers, curves.degrees_of_freedom[index], curves.reasons[index]),
                }

    def _quantity(self, name: str, curves: FittedCurves) -> Quantity:
        if name in self._formulas:
            return self._formulas[name]
        area = self._request.quantities[name]
        if isinstance(area, str):
            raise TypeError("a formula was read already")
        variable = _variable_of(self._formula, area)
        return Integral(self._formula, variable, _knots(curves.column(variable), *area.integral), area.at)

    def _presented(
        self,
        values: Tensor,
        covariance: Tensor,
        correlation: Tensor,
        degrees_of_freedom: int | None,
        reason: str | None,
    ) -> dict[str, Any]:
        """Return what is told of the quantities of one curve, (quantities,), and of their covariance."""
        quantile = two_sided(self._request.level, degrees_of_freedom) if reason is None else math.nan
        stderr = covariance.diagonal().clamp(min=0).sqrt()
        numbers = (values, stderr, values - quantile * stderr, values + quantile * stderr)
        named = zip(self._request.quantities, *(tensor.tolist() for tensor in numbers), strict=True)
        return {
            "quantities": {
                name: dict(zip(("value", "stderr", "lower", "upper"), map(_finite, of_one), strict=True))
                for name, *of_one in named
            },
            "covar": None if reason else _matrix(covariance),
            "correl": None if reason else _matrix(correlation),
            "message": "; ".join(_words(dict(zip(self._request.quantities, values.tolist(), strict=True)), reason))
            or None,
        }


def _words(values: Mapping[str, float], reason: str | None) -> Iterator[str]:
    """Yield why numbers are missing."""
    if reason is not None:
        yield f"there are no standard errors: {reason}"
    without = [name for name, value in values.items() if not math.isfinite(value)]
    if without:
        yield f"{', '.join(without)}: no finite value with these coefficients"


def _wrong_in_area(formula: Formula, name: str, area: Area) -> list[WrongField]:
    """Return what is wrong with the variables of an integral."""
    variable, path = _variable_of(formula, area), ("quantities", name)
    if area.variable is None and len(formula.variables) > 1:
        return [WrongField((*path, "variable"), f"say which: {', '.join(sorted(formula.variables))}")]
    if area.variable is not None and area.variable not in formula.variables:
        return [WrongField((*path, "variable"), "the model does not use this variable")]
    others = formula.variables - {variable}
    wrong = [
        WrongField((*path, "at", key), "the model has no such other variable") for key in area.at if key not in others
    ]
    return wrong + [WrongField((*path, "at"), f"give the value of {key}") for key in sorted(others - area.at.keys())]


def _variable_of(formula: Formula, area: Area) -> str:
    return area.variable or next(iter(formula.variables), "x")


def _knots(x: Tensor, low: float, high: float) -> Tensor:
    """Return the ends of an integral, and between them x of the data, (knots,), ascending."""
    inside = x[(x > low) & (x < high)].unique()
    if len(inside) > _MOST_KNOTS:
        inside = inside[torch.linspace(0, len(inside) - 1, _MOST_KNOTS, dtype=torch.float64).round().long()]
    ends = torch.tensor([low, high], dtype=torch.float64)
    return torch.cat([ends[:1], inside, ends[1:]])


def _matrix(matrix: Tensor) -> list[list[float | None]]:
    return [[_finite(number) for number in row] for row in matrix.tolist()]


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None

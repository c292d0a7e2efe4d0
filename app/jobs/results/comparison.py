"""Stored fits of the same data compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

from app.fitting.statistics.comparison import TEST_OF, Likelihood, Tally, criteria, outcome_of, standings
from app.fitting.statistics.nesting import Nesting, nested
from app.jobs.errors import NoResultError
from app.jobs.results.same_data import check_alike, check_ended
from app.jobs.results.tallied import TalliedCurve, fitted_formulas, likelihood, tallied
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.comparison import CompareRequest
from app.schemas.status import Reason

_CLAIMED = Nesting("the request says so")


def compare(store: Store, request: CompareRequest) -> dict[str, Any]:
    """Return the fields of `app.schemas.comparison.Comparison`.

    Raises FitNotFoundError and FitExpiredError for a fit that is not there, NoResultError for one without coefficients,
    and InvalidRequestError where data, loss or response differ.
    """
    records = [store.get_kept(fit_id) for fit_id in request.fits]
    for record in records:
        check_ended(record)
    check_alike(records)
    curves = list(tallied(store, records))
    sums = _together(records, curves)
    table = _Table(request, likelihood(records), _nestings(store, records, request, curves, sums))
    one_by_one = records[0].fit.curves is not None and not any(record.fit.shared for record in records)
    after = [curve for curve in curves if curve.number > request.after] if one_by_one else []
    page = after[: request.limit]
    return {
        "object": "comparison",
        "criterion": request.criterion,
        **table.compared(sums, _message(records, curves)),
        "curves": [table.of_curve(curve) for curve in page] if one_by_one else None,
        "has_more": len(after) > len(page),
        "last_curve": page[-1].number if page else None,
    }


def _together(records: Sequence[FitRecord], curves: Sequence[TalliedCurve]) -> list[Tally]:
    """Return the tally of each fit, all curves together. Raises NoResultError where there is none."""
    known = [curve.tallies for curve in curves if curve.tallies is not None]
    if not known:
        raise NoResultError("there is nothing to compare: no curve has succeeded in all of these fits")
    if len(known) < len(curves) and any(record.fit.shared for record in records):
        raise NoResultError(
            "curves have failed in one of the fits: with curves that share parameters all must have succeeded"
        )
    sums = [reduce(add, of_fit) for of_fit in zip(*known, strict=True)]
    return [_as_fitted(record, tally, len(known)) for record, tally in zip(records, sums, strict=True)]


def _as_fitted(record: FitRecord, tally: Tally, curves: int) -> Tally:
    """Return the tally with the number of parameters that the fit had: shared ones count once."""
    known = None if record.result is None else record.result.statistics
    if known is not None:
        return replace(tally, nvarys=known.nvarys)
    return replace(tally, nvarys=tally.nvarys - (curves - 1) * len(record.fit.shared))


def _message(records: Sequence[FitRecord], curves: Sequence[TalliedCurve]) -> str | None:
    """Return what to know about the fits together, in words."""
    parts = [
        f"{record.id} ended with reason {record.reason}: it may not be at its minimum"
        for record in records
        if record.reason in (Reason.MAX_STEPS, Reason.TIMEOUT)
    ]
    failed = sum(curve.tallies is None for curve in curves)
    if failed:
        parts.append(f"{failed} of {len(curves)} curves have failed in one of the fits and are left out")
    return "; ".join(parts) or None


Nestings = dict[tuple[int, int], Nesting]
"""How the model of one fit is a special case of that of another, by their places in the request."""


def _nestings(
    store: Store,
    records: Sequence[FitRecord],
    request: CompareRequest,
    curves: Sequence[TalliedCurve],
    sums: Sequence[Tally],
) -> Nestings:
    """Return which models are special cases of others, by what the request says or the models show."""
    if isinstance(request.nested, list):
        return {(request.fits.index(small), request.fits.index(large)): _CLAIMED for small, large in request.nested}
    if request.nested is False:
        return {}
    pairs = [
        (small, large)
        for small in range(len(sums))
        for large in range(len(sums))
        if sums[small].nvarys < sums[large].nvarys
    ]
    if request.nested:
        return dict.fromkeys(pairs, _CLAIMED)
    number = next(curve.number for curve in curves if curve.tallies is not None)
    fitted, variables = fitted_formulas(store, records, number)
    shown = {(small, large): nested(fitted[small], fitted[large], variables) for small, large in pairs}
    return {pair: nesting for pair, nesting in shown.items() if nesting is not None}


@dataclass(frozen=True)
class _Table:
    """What is told of fits side by side."""

    request: CompareRequest
    likelihood: Likelihood
    nestings: Nestings

    def of_curve(self, curve: TalliedCurve) -> dict[str, Any]:
        """Return the fields of `app.schemas.comparison.ComparedCurve`."""
        named = {"curve": curve.number, "label": curve.label}
        if curve.tallies is None:
            message = "this curve has failed in one of the fits"
            return named | {"fits": [], "best": None, "tests": [], "message": message}
        return named | self.compared(curve.tallies, None)

    def compared(self, sums: Sequence[Tally], message: str | None) -> dict[str, Any]:
        """Return the fields of `app.schemas.comparison.Compared`, with what is already to be told as `message`."""
        criterion = self.request.criterion
        of_each = [criteria(tally, self.likelihood) for tally in sums]
        places = standings(of_each, criterion)
        columns = zip(self.request.fits, sums, of_each, places, strict=True)
        if any(place.delta is None for place in places):
            lacking = f"{criterion} does not exist for all: too few points, or a model that passes through all of them"
            message = lacking if message is None else f"{message}; {lacking}"
        return {
            "fits": [
                {
                    "fit": name,
                    "ndata": tally.ndata,
                    "nvarys": tally.nvarys,
                    "loss": tally.loss,
                    **vars(one),
                    **vars(place),
                }
                for name, tally, one, place in columns
            ],
            "best": next(
                (name for name, place in zip(self.request.fits, places, strict=True) if place.delta == 0), None
            ),
            "tests": [self._test(sums, pair) for pair in self.nestings],
            "message": message,
        }

    def _test(self, sums: Sequence[Tally], pair: tuple[int, int]) -> dict[str, Any]:
        """Return the fields of `app.schemas.comparison.NestedTest`."""
        smaller, larger = pair
        outcome, nesting = outcome_of(sums[smaller], sums[larger], self.likelihood), self.nestings[pair]
        message = outcome.message
        if message is None and nesting.meaningless:
            names = ", ".join(nesting.meaningless)
            message = f"where the smaller model holds, {names} of the larger can be anything: the test is not exact"
        return {
            "smaller": self.request.fits[smaller],
            "larger": self.request.fits[larger],
            "test": TEST_OF[self.likelihood].value,
            **vars(outcome),
            "why_nested": nesting.way,
            "message": message,
        }

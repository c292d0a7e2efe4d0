"""Limits by profile likelihood of the x at which a stored fit has given responses."""

from collections.abc import Generator
from dataclasses import replace
from typing import TypeVar

from app.fitting.problems.problem import Problem
from app.fitting.profile import profile_limits
from app.fitting.profile.unknowns import Measured, Place
from app.fitting.statistics.inverse_prediction import Interval, Inverted, Solution, invert
from app.fitting.statistics.search_range import SearchRange
from app.fitting.statistics.section import Section
from app.fitting.statistics.unknowns import Unknowns
from app.jobs.fit.problem import padded_columns, problem_of
from app.jobs.results.fitted import data_of
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord

Result = TypeVar("Result")


def profiled(
    store: Store, record: FitRecord, curve: int | None, section: Section, search: SearchRange, unknowns: Unknowns
) -> Inverted:
    """Return the solutions of all responses with limits by profile likelihood."""
    inverted = invert(section, search, unknowns, Interval.DELTA)
    problem = _problem(store, record, curve)
    variance = 1.0 if section.known is None else section.known.response_variance or 1.0
    columns = (unknowns.y, unknowns.share, unknowns.squared * variance, unknowns.quantile)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    solutions = [
        [_with_limits(problem, section, search, Measured(y, share, height), quantile, one) for one in of_one]
        for (y, share, height, quantile), of_one in zip(rows, inverted.solutions, strict=True)
    ]
    return replace(inverted, solutions=solutions)


def _problem(store: Store, record: FitRecord, curve: int | None) -> Problem:
    """Return the problem of the fit, or of one of its curves, in float64."""
    fit, arrays = data_of(store, record, None if curve is None else range(curve, curve + 1))
    fit = replace(fit, dtype="float64")
    return problem_of(fit, padded_columns(fit, arrays), record.formula or "").alone(0)


def _with_limits(
    problem: Problem, section: Section, search: SearchRange, measured: Measured, quantile: float, solution: Solution
) -> Solution:
    low, high = search.grid[0].item(), search.grid[-1].item()
    step = quantile * (solution.stderr or 0.0)
    place = Place(section.variable, solution.x, step, low, high, section.held)
    lower, upper = _done(profile_limits(problem, section.free, measured, place))
    return replace(solution, lower=lower, upper=upper)


def _done(pieces: Generator[None, None, Result]) -> Result:
    """Return what work in pieces returns at its end."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            result: Result = end.value
            return result

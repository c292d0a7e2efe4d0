"""Curves at which the start values of others fail are searched for by themselves."""

from collections.abc import Generator

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, CurveResults, fit_curves
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.starts.of_curves import search_starts
from app.fitting.starts.search import Search, search_start
from app.fitting.starts.second_tries import with_second_tries
from tests.helpers.work import answer

X = torch.linspace(0, 10, 60, dtype=torch.float64)
MODEL = parse("a*exp(-((x - m)/s)^2) + o")


def narrow_peaks(places: Tensor) -> CurveProblem:
    """Return curves with a narrow peak each, which no peak elsewhere leads to."""
    generator = torch.Generator().manual_seed(1)
    noise = 0.02 * torch.randn(60, len(places), generator=generator, dtype=torch.float64)
    y = 5 * torch.exp(-(((X[:, None] - places) / 0.3) ** 2)) + noise
    start = torch.ones(4, len(places), dtype=torch.float64)
    counts, parameters = torch.full((len(places),), 60), Parameters(MODEL.parameters)
    return CurveProblem(MODEL, {"x": X[:, None]}, y, None, counts, parameters, start)


def trained(problem: CurveProblem) -> Generator[None, None, CurveResults]:
    return fit_curves(problem, LevenbergMarquardt(), 200, 10.0)


class Searches:
    """Searches of single curves, counted."""

    def __init__(self, problem: CurveProblem) -> None:
        self.problem = problem
        self.of: list[int] = []

    def __call__(self, curve: int) -> Generator[None, None, Search]:
        self.of.append(curve)
        return search_start(self.problem.alone(curve), MODEL.parameters, 0)


def test_every_curve_ends_where_it_ends_alone_wherever_its_peak_is() -> None:
    places = torch.linspace(1, 9, 30, dtype=torch.float64)
    problem, searches = narrow_peaks(places), Searches(narrow_peaks(places))
    started, _ = answer(search_starts(problem, MODEL.parameters, 0, lambda alone: alone))
    first = answer(trained(started))
    assert ((first.coefficients["m"] - places).abs() > 0.1).any()
    results = answer(with_second_tries(started, first, MODEL.parameters, searches, trained))
    assert ((results.coefficients["m"] - places).abs() < 0.1).all()
    assert results.summed_losses()[-1] == results.final_loss.sum()
    assert (results.losses[results.offsets[1:] - 1] == results.final_loss).all()


def test_where_all_curves_are_fitted_nothing_is_searched_for() -> None:
    problem = narrow_peaks(torch.full((6,), 4.0, dtype=torch.float64))
    searches = Searches(problem)
    started, _ = answer(search_starts(problem, MODEL.parameters, 0, lambda alone: alone))
    first = answer(trained(started))
    assert answer(with_second_tries(started, first, MODEL.parameters, searches, trained)) is first
    assert searches.of == []


def test_curves_without_signal_are_searched_for_once_each() -> None:
    problem = narrow_peaks(torch.full((40,), 4.0, dtype=torch.float64))
    problem.y[:, 30:] = torch.randn(60, 10, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    searches = Searches(problem)
    started, _ = answer(search_starts(problem, MODEL.parameters, 0, lambda alone: alone))
    first = answer(trained(started))
    answer(with_second_tries(started, first, MODEL.parameters, searches, trained))
    assert sorted(searches.of) == [*range(30, 40)]

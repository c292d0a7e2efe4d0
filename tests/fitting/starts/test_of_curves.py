"""Start values of many curves come from a few of them."""

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.problem import Problem
from app.fitting.starts.of_curves import search_starts
from tests.helpers.work import answer

X = torch.linspace(0, 10, 60, dtype=torch.float64)


def curves(y: Tensor, model: str = "a*exp(-((x - m)/s)^2) + o") -> CurveProblem:
    formula = parse(model)
    count = y.shape[1]
    return CurveProblem(
        formula,
        {"x": X[:, None]},
        y,
        None,
        torch.full((count,), len(X)),
        Parameters(formula.parameters),
        torch.ones(len(formula.parameters), count, dtype=torch.float64),
    )


def unchanged(problem: Problem) -> Problem:
    return problem


def peaks(*places: float) -> Tensor:
    noise = 0.02 * torch.randn(60, len(places), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return 5 * torch.exp(-((X[:, None] - torch.tensor(places, dtype=torch.float64)) ** 2)) + noise


def test_each_curve_begins_at_the_best_of_what_was_found() -> None:
    problem = curves(peaks(*[2.0] * 5, *[8.0] * 5))
    started, _ = answer(search_starts(problem, problem.parameters.free, 0, unchanged))
    places = started.start[1]
    assert (places[:5] - 2).abs().max() < 0.2
    assert (places[5:] - 8).abs().max() < 0.2


def test_a_single_curve_begins_where_its_search_ended() -> None:
    problem = curves(peaks(3.0))
    started, search = answer(search_starts(problem, problem.parameters.free, 0, unchanged))
    assert started.start[:, 0].equal(search.start)


def test_a_curve_without_finite_losses_begins_where_the_others_do() -> None:
    y = peaks(3.0, 3.0, 3.0)
    y[:, 2] = torch.nan
    started, _ = answer(search_starts(curves(y), "amso", 0, unchanged, sample=1))
    assert started.start[:, 2].isfinite().all()

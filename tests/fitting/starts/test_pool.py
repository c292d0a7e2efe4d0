"""Candidates for start values are drawn when they are needed, and what is linear in them is solved for."""

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import linear_parameters, tree_of
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.starts.plainness import Ranked
from app.fitting.starts.pool import Pool
from app.fitting.starts.roles import roles_of
from tests.helpers.work import answer

X = torch.linspace(0, 3, 60, dtype=torch.float64)


def problem(model: str, loss: str = "squares") -> Problem:
    formula = parse(model, ["x"])
    parameters = Parameters(formula.parameters)
    y = 2 * torch.exp(-1.5 * X) + 0.5 + 0.01 * torch.cos(40 * X)
    start = torch.ones(len(parameters.free), dtype=torch.float64)
    return Problem(formula, Data({"x": X}, y), parameters, start, make_loss(loss, 1.0))


def pool_of(posed: Problem, seed: int = 0) -> Pool:
    free = posed.parameters.free
    generator = torch.Generator().manual_seed(seed)
    roles = roles_of(tree_of(posed.formula, {}), ["x"])
    return Pool(posed, free, linear_parameters(posed.formula, free, {}), roles, generator)


def tried(pool: Pool, count: int) -> Ranked:
    return answer(pool.tried(count))


@pytest.mark.parametrize("loss", ["squares", "huber"])
def test_a_candidate_comes_with_its_loss_and_none_is_less_for_its_nonlinear_parameters(loss: str) -> None:
    posed = problem("a*exp(-b*x) + c", loss)
    best = tried(pool_of(posed), 200)
    parameters, least = best.parameters[0], best.losses[0]
    assert posed.loss(parameters).item() == pytest.approx(least.item(), rel=1e-9)
    for place in (posed.parameters.free.index(name) for name in "ac"):
        for change in (-1e-3, 1e-3):
            near = parameters.clone()
            near[place] += change
            assert posed.loss(near) > least


def test_the_best_candidates_come_first() -> None:
    losses = tried(pool_of(problem("a*exp(-b*x) + c")), 100).losses
    assert losses.equal(losses.sort().values)


def test_further_candidates_are_others() -> None:
    pool = pool_of(problem("a*exp(-b*x) + c"))
    first, second = (set(tried(pool, 50).parameters[:, 1].tolist()) for _ in range(2))
    assert first != second


def test_a_seed_leads_to_the_same_candidates_again() -> None:
    first, again = (tried(pool_of(problem("a*exp(-b*x) + c"), seed=3), 50).parameters for _ in range(2))
    assert first.equal(again)


def test_where_all_is_linear_there_is_one_candidate() -> None:
    pool = pool_of(problem("a + c*x"))
    assert not pool.is_endless
    assert len(tried(pool, 1000).losses) == 1


def test_a_parameter_in_which_the_model_is_even_becomes_positive_and_no_other() -> None:
    posed = problem("a*exp(-(x - m)^2/w^2)")
    turned = pool_of(posed).upright(torch.tensor([2.0, -0.5, -1.5], dtype=torch.float64))
    assert turned[1:].tolist() == [-0.5, 1.5]

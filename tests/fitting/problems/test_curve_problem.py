"""Many curves as one problem: each is what it is alone."""

from dataclasses import replace

import pytest
import torch

from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import make_loss
from app.fitting.problems.objective import loss_and_gradient
from tests.helpers.curves import plate


def weighted(curves: int) -> CurveProblem:
    problem = plate(curves)
    factor = 0.5 + torch.rand(problem.y.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return replace(problem, factor=factor)


@pytest.mark.parametrize("loss", ["squares", "huber", "poisson"])
def test_loss_gradient_and_linearisation_are_those_of_each_curve(loss: str) -> None:
    problem = weighted(3)
    problem = replace(problem, y=problem.y.clamp(min=0), loss_function=make_loss(loss, 3.0))
    parameters = problem.start + 0.1
    losses, gradient = loss_and_gradient(problem, parameters)
    linearised = problem.linearised(parameters)
    for curve in range(3):
        alone = problem.alone(curve)
        its_loss, its_gradient = loss_and_gradient(alone, parameters[:, curve])
        its = alone.linearised(parameters[:, curve])
        torch.testing.assert_close(losses[curve], its_loss, rtol=1e-12, atol=0)
        torch.testing.assert_close(gradient[:, curve], its_gradient, rtol=1e-11, atol=1e-11)
        torch.testing.assert_close(linearised.residual[:, curve], its.residual, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(linearised.jacobian[..., curve], its.jacobian, rtol=1e-12, atol=1e-12)


def test_some_of_the_curves_are_a_problem_of_their_own() -> None:
    problem = weighted(4)
    some = problem.take(torch.tensor([3, 1]))
    assert some.curves == 2
    assert some.loss(some.start).tolist() == problem.loss(problem.start)[[3, 1]].tolist()


def test_points_of_weight_0_do_not_count() -> None:
    problem = weighted(2)
    assert problem.factor is not None
    problem.factor[4:, 1] = 0.0
    assert problem.ndata.tolist() == [16, 4]
    assert problem.counting[:, 1].sum().item() == 4


def test_parameters_stay_within_their_bounds() -> None:
    problem = plate(2, lower={"hill": 0.5}, upper={"top": 90.0})
    names = list(problem.parameters.free)
    hill, top = names.index("hill"), names.index("top")
    beyond = problem.start.clone()
    beyond[hill], beyond[top] = 0.1, 95.0
    inside = problem.project(beyond)
    assert inside[hill].tolist() == [0.5, 0.5]
    assert inside[top].tolist() == [90.0, 90.0]
    uphill = torch.ones_like(inside)
    assert problem.blocked(inside, uphill)[hill].all()
    assert not problem.blocked(inside, uphill)[top].any()
    assert problem.blocked(inside, -uphill)[top].all()

"""The loss as a function of the parameters."""

import torch

from app.fitting.problems.objective import Linearised, loss_and_gradient
from tests.helpers.curves import plate
from tests.helpers.problems import robust


def test_the_gradient_is_twice_that_of_the_linearised_problem() -> None:
    problem = robust()
    loss, gradient = loss_and_gradient(problem, problem.start)
    linearised: Linearised = problem.linearised(problem.start)
    torch.testing.assert_close(gradient, 2 * linearised.gradient)
    torch.testing.assert_close(loss, linearised.loss)


def test_many_curves_have_a_loss_and_a_gradient_each() -> None:
    problem = plate(3)
    loss, gradient = loss_and_gradient(problem, problem.start)
    assert (loss.shape, gradient.shape) == ((3,), problem.start.shape)

"""Functions of an objective at some parameters, by machine code."""

import pytest
import torch

from app.fitting.curves.results import Trained
from app.fitting.curves.standard_errors import standard_errors, standard_errors_of
from app.fitting.problems.losses import LOSSES
from app.fitting.programs.evaluation import evaluated, loss
from tests.helpers.programs import beside_each_other, everything, fit, is_close


@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_of_one_fit_is_that_of_torch(name: str) -> None:
    problem = everything(name)
    losses = evaluated(loss, problem, problem.start, 1)
    assert losses is not None
    assert losses.shape == (1, 1)
    assert is_close(losses[0, 0], problem.loss(problem.start), 1e-14)


@pytest.mark.parametrize("name", LOSSES)
def test_standard_errors_of_curves_are_those_of_torch(name: str) -> None:
    curves = beside_each_other([everything(name, points=points, seed=points) for points in (19, 12, 17)])
    none = torch.zeros(3, dtype=torch.int64)
    trained = Trained(curves.start, none, ["converged"] * 3, torch.zeros(3))
    expected = standard_errors(curves, curves.start)
    errors = standard_errors_of(curves, trained)
    assert errors.keys() == expected.keys()
    for parameter, error in errors.items():
        assert is_close(error, expected[parameter])
    assert errors["g"].isfinite().any(), "a tied parameter has an error too"


def test_parameters_may_be_any_view() -> None:
    curves = beside_each_other([everything(seed=k) for k in range(3)])
    parameters = curves.start.T.contiguous().T
    losses = evaluated(loss, curves, parameters, 1)
    assert losses is not None
    assert is_close(losses[0], curves.loss(curves.start), 1e-14)


def test_an_evaluation_counts() -> None:
    problem = fit("a*x", {"a": 1.0})
    problem.evaluations.count = 0
    evaluated(loss, problem, problem.start, 1)
    assert problem.evaluations.count == 1


def test_what_is_float32_is_told_in_float64() -> None:
    problem = everything(dtype=torch.float32)
    losses = evaluated(loss, problem, problem.start, 1)
    assert losses is not None
    assert losses.dtype is torch.float64
    assert is_close(losses[0, 0], problem.loss(problem.start).double(), 1e-6)

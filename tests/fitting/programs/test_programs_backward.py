"""Programs are made of our own backward: where that is wrong, every program is."""

from functools import cache
from typing import TypeVar

import pytest
import torch
from torch import Tensor

from app.fitting.autograd import polynomials
from app.fitting.curves.compression import compressed_curves
from app.fitting.curves.results import Trained
from app.fitting.curves.standard_errors import standard_errors_of
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import begin_refinement, refine, refine_many
from app.fitting.problems.compression import CompressedProblem, compressed
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.cache import PROGRAMS
from app.fitting.programs.shape import shape_of
from app.fitting.programs.solution import refinement_of
from app.fitting.training import StepByStep
from tests.helpers.programs import SOLVER, beside_each_other, descended, fit, stepped, tried

DESCENT = make_optimizer("gradient_descent", learning_rate=0.01)
FITS = [fit("a*P3(b*x) + c", {"a": 3.0, "b": 1.2, "c": 0.1}, points=40, seed=100 * number) for number in range(3)]
CURVES = beside_each_other(FITS)


Posed = TypeVar("Posed")


def needed(objective: Posed | None) -> Posed:
    assert objective is not None
    return objective


def of_descent(objective: Objective) -> Tensor:
    posed = objective.problem if isinstance(objective, CompressedProblem) else objective
    assert isinstance(posed, Problem | CurveProblem | CompressedCurves)
    return descended(objective, DESCENT, posed.start)


@cache
def minima() -> Tensor:
    """Return the minimum of each fit, (free, fits), found without programs."""
    ways = [StepByStep(each, SOLVER) for each in FITS]
    return torch.stack(
        [way.run(each.start, SOLVER.init(each.start), 100)[0] for way, each in zip(ways, FITS, strict=True)], dim=1
    )


def near_minimum(objective: Problem | CurveProblem) -> Tensor:
    return 1e-7 + (minima() if isinstance(objective, CurveProblem) else minima()[:, 0].contiguous())


def of_trials(objective: Problem | CurveProblem) -> Tensor:
    return tried(objective, objective.start).parameters


def of_refinement(objective: Problem | CurveProblem) -> Tensor:
    start = near_minimum(objective)
    state = begin_refinement(start, objective.loss(start))
    numbers = [part.long() if part.dtype is torch.bool else part for part in state]
    function = refine_many if isinstance(objective, CurveProblem) else refine
    return stepped(objective, refinement_of(shape_of(objective), function), numbers)[0]


def of_standard_errors(objective: Objective) -> Tensor:
    assert isinstance(objective, CurveProblem)
    none = torch.zeros(objective.curves, dtype=torch.int64)
    trained = Trained(objective.start, none, ["converged"] * objective.curves, torch.zeros(objective.curves))
    PROGRAMS.clear()
    errors = standard_errors_of(objective, trained)
    PROGRAMS.clear()
    return torch.stack([errors[name] for name in "abc"])


WORK = {
    "descent of one fit": (of_descent, FITS[0]),
    "descent of one fit over its nodes": (of_descent, needed(compressed(FITS[0]))),
    "descent of curves": (of_descent, CURVES),
    "descent of curves over their nodes": (of_descent, needed(compressed_curves(CURVES))),
    "trials of one fit": (of_trials, FITS[0]),
    "trials of curves": (of_trials, CURVES),
    "refinement of one fit": (of_refinement, FITS[0]),
    "refinement of curves": (of_refinement, CURVES),
    "standard errors of curves": (of_standard_errors, CURVES),
}


@pytest.mark.parametrize("name", WORK)
def test_a_wrong_backward_makes_a_wrong_program(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    work, objective = WORK[name]
    right = work(objective)
    assert work(objective).equal(right), "the same to the last bit, so a difference comes from the backward"
    function = polynomials._OrthogonalPolynomial
    backward = function.backward
    monkeypatch.setattr(function, "backward", staticmethod(lambda ctx, gradient: backward(ctx, 2 * gradient)))
    wrong = work(objective)
    assert wrong.isfinite().all()
    assert ((wrong - right).abs() > 1e-8).any()

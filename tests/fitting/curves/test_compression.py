"""Few nodes say of many polynomial curves what all of their points say."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, fit_curves
from app.fitting.curves.compression import compressed_curves
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.losses import make_loss
from app.fitting.problems.objective import loss_and_gradient
from tests.helpers.work import answer

CURVES = 5


def uniform(*size: int, seed: int = 1) -> Tensor:
    return torch.rand(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def polynomials(own_x: bool, weighted: bool, padded: bool = False) -> CurveProblem:
    formula = parse("a + b * P3(c + d * x)")
    x = 4 * uniform(60, CURVES if own_x else 1) - 2
    y = torch.sin(x) + 0.1 * uniform(60, CURVES, seed=2)
    factor = 0.5 + uniform(60, CURVES, seed=3) if weighted else None
    counts = torch.full((CURVES,), 60)
    if padded:
        counts = torch.tensor([60, 20, 60, 7, 60])
        factor = (torch.arange(60)[:, None] < counts).double()
    start = uniform(4, CURVES, seed=4)
    return CurveProblem(formula, {"x": x}, y, factor, counts, Parameters(formula.parameters), start)


@pytest.mark.parametrize(
    "problem",
    [polynomials(own, weighted) for own in (False, True) for weighted in (False, True)]
    + [polynomials(own_x=True, weighted=True, padded=True)],
    ids=["one x", "one x, weights", "own x", "own x, weights", "own x, other lengths"],
)
def test_losses_and_gradients_are_those_of_all_points(problem: CurveProblem) -> None:
    few = compressed_curves(problem)
    assert few is not None
    assert len(few.at_nodes.y) == 4
    for seed in range(3):
        parameters = uniform(4, CURVES, seed=10 + seed)
        for found, expected in zip(
            loss_and_gradient(few, parameters), loss_and_gradient(problem, parameters), strict=True
        ):
            torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_a_curve_may_be_taken_out_of_them() -> None:
    few = compressed_curves(polynomials(own_x=True, weighted=True))
    assert few is not None
    chosen = torch.tensor([3, 1])
    torch.testing.assert_close(few.take(chosen).loss(few.start[:, chosen]), few.loss(few.start)[chosen])


@pytest.mark.parametrize(
    "problem",
    [
        replace(polynomials(own_x=False, weighted=False), loss_function=make_loss("huber", 1.0)),
        replace(polynomials(own_x=False, weighted=False), formula=parse("a + b * sin(c + d * x)")),
        replace(polynomials(own_x=False, weighted=False), variables={"x": torch.zeros(60, 1, dtype=torch.float64)}),
    ],
    ids=["robust", "no polynomial", "one place"],
)
def test_where_it_would_not_be_exact_all_points_stay(problem: CurveProblem) -> None:
    assert compressed_curves(problem) is None


def test_a_degree_of_more_coefficients_than_a_formula_may_have_keeps_all_points() -> None:
    x = torch.linspace(-1, 1, 420, dtype=torch.float64)[:, None]
    posed = polynomials(own_x=False, weighted=False)
    y, counts = x.repeat(1, CURVES), posed.counts * 7
    formula = parse("a + b * P100(c + d * x)")
    large = replace(posed, formula=formula, variables={"x": x}, y=y, counts=counts)
    assert compressed_curves(large) is None


def test_curves_are_trained_over_nodes_as_over_all_points() -> None:
    problem, adam = polynomials(own_x=True, weighted=True), make_optimizer("adam", learning_rate=0.01)
    few, whole = (answer(fit_curves(problem, adam, 50, 3600, compress=compress)) for compress in (True, False))
    assert (few.compressed, whole.compressed) == (True, False)
    torch.testing.assert_close(few.losses, whole.losses, rtol=1e-9, atol=1e-12)

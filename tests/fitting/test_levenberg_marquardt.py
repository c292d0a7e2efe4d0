"""Levenberg-Marquardt where the NIST sets do not lead: exact data, too few points, singular and flat problems."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.formula import parse
from app.fitting.optimizers import make_optimizer
from app.fitting.parameters import Parameters
from app.fitting.problem import Data, Problem
from app.fitting.training import Checkpoint, Chunk, start, train

SOLVER = make_optimizer("levenberg_marquardt")


def problem(model: str, x: list[float], y: list[float], starts: list[float], dtype=torch.float64) -> Problem:
    x_tensor, y_tensor, vector = (torch.tensor(values, dtype=dtype) for values in (x, y, starts))
    formula = parse(model)
    return Problem(formula, Data({"x": x_tensor}, y_tensor), Parameters(formula.parameters), vector)


def solved(posed: Problem, steps: int = 1000, chunk_seconds: float = 3600) -> list[Chunk]:
    return list(train(posed, SOLVER, start(posed, SOLVER, posed.start), steps, chunk_seconds))


def reason(chunks: list[Chunk]) -> str:
    assert chunks[-1].stop is not None
    return chunks[-1].stop.reason


finite = st.floats(-100, 100)


@given(finite, finite, finite)
def test_a_parabola_through_its_own_points_is_found(a: float, b: float, c: float) -> None:
    x = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
    chunks = solved(problem("a + b*x + c*x**2", x, [a + b * t + c * t * t for t in x], [1.0, 1.0, 1.0]))
    assert reason(chunks) == "converged"
    torch.testing.assert_close(
        chunks[-1].checkpoint.parameters, torch.tensor([a, b, c], dtype=torch.float64), rtol=1e-11, atol=1e-10
    )


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_nonlinear_model_through_its_own_points_is_found(dtype: torch.dtype) -> None:
    x = [0.1 * i for i in range(40)]
    y = [3 * math.exp(-0.7 * t) + 0.5 for t in x]
    chunks = solved(problem("h * exp(-k * x) + o", x, y, [1.0, 1.0, 0.0], dtype))
    assert reason(chunks) == "converged"
    tolerance = 1e-12 if dtype is torch.float64 else 1e-5
    assert chunks[-1].checkpoint.parameters.tolist() == pytest.approx([3, 0.7, 0.5], rel=tolerance)


def test_the_loss_never_grows() -> None:
    posed = problem("b1 * (1 - exp(-b2 * x))", [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224], [1.0, 1.0])
    losses = [loss for chunk in solved(posed) for loss in chunk.losses]
    assert losses == sorted(losses, reverse=True)


def test_it_goes_on_from_a_stored_checkpoint_bit_for_bit() -> None:
    posed = problem("b1 * (1 - exp(-b2 * x))", [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224], [1.0, 1.0])
    whole = solved(posed)[-1].checkpoint
    stored = Checkpoint.from_bytes(solved(posed, chunk_seconds=0)[5].checkpoint.to_bytes())
    *_, last = train(posed, SOLVER, stored, 1000, 3600)
    assert (last.checkpoint.step, last.checkpoint.loss) == (whole.step, whole.loss)
    assert last.checkpoint.parameters.equal(whole.parameters)


def test_parameters_that_the_data_do_not_tell_apart_end_at_a_minimum_all_the_same() -> None:
    chunks = solved(problem("a + b + c * x", [0, 1, 2, 3], [1, 3, 5, 7.5], [0.0, 0.0, 0.0]))
    assert reason(chunks) == "converged"
    assert chunks[-1].checkpoint.loss == pytest.approx(0.075, rel=1e-12)


def test_more_parameters_than_points_end_without_a_residual() -> None:
    chunks = solved(problem("a + b * x + c * x**2", [1, 2], [3, 5], [0.0, 0.0, 0.0]))
    assert reason(chunks) == "converged"
    assert chunks[-1].checkpoint.loss == pytest.approx(0, abs=1e-20)


@pytest.mark.parametrize(
    ("model", "y", "starts"),
    [("a * x", [0.0, 0.0], [1.0]), ("a * x", [0.0, 0.0], [0.0]), ("a + 0 * x", [2.0, 2.0], [2.0])],
)
def test_a_perfect_fit_is_the_end(model: str, y: list[float], starts: list[float]) -> None:
    chunks = solved(problem(model, [1.0, 2.0], y, starts))
    assert reason(chunks) == "converged"
    assert chunks[-1].checkpoint.loss == pytest.approx(0, abs=1e-28)


def test_a_model_that_does_not_depend_on_its_parameters_is_left_where_it_starts() -> None:
    chunks = solved(problem("heaviside(a + 5) * x", [1.0, 2.0], [1.0, 3.0], [1.0]))
    assert (reason(chunks), chunks[-1].checkpoint.parameters.tolist()) == ("converged", [1.0])


def test_a_derivative_that_is_not_finite_is_told() -> None:
    assert reason(solved(problem("sqrt(a) * x + b", [1.0, 2.0], [1.0, 3.0], [0.0, 1.0]))) == "nonfinite"


def test_steps_that_leave_the_models_domain_are_taken_back() -> None:
    chunks = solved(problem("log(a * x)", [1, 2, 3], [math.log(0.01 * t) for t in (1, 2, 3)], [50.0]))
    assert chunks[-1].checkpoint.parameters.item() == pytest.approx(0.01, rel=1e-12)


def test_the_jacobian_is_the_derivative_of_the_residual() -> None:
    posed = problem("a * P3(b * x) + atan2(b, x)", [0.3, 0.5, 0.9], [1.0, 2.0, 0.5], [1.3, 0.7])
    residual, jacobian = posed.residual_and_jacobian(posed.start)
    assert residual.equal(posed.residual(posed.start))
    torch.testing.assert_close(jacobian, torch.func.jacrev(posed.residual)(posed.start))

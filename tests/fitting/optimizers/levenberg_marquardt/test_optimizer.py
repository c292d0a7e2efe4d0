"""Levenberg-Marquardt where the NIST sets do not lead: exact data, too few points, singular and flat problems."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
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


# Beside 1e150 no change of parameters near 1 can be told from rounding.
@pytest.mark.parametrize(("size", "offset", "end"), [(1e-160, 0.0, "converged"), (1e150, 1.0, "singular")])
def test_squares_that_no_number_can_hold_are_no_mistake_of_the_service(size: float, offset: float, end: str) -> None:
    x = [0.1 * i for i in range(1, 40)]
    chunks = solved(
        problem("h * exp(-k * x) + o", x, [size * (1 + math.exp(-t)) for t in x], [2 * min(size, 1.0), 1.5, offset])
    )
    assert reason(chunks) == end


@pytest.mark.parametrize("unit", [1e-155, 1e-30, 1e-9, 1e9, 1e30, 1e150])
def test_the_unit_of_data_and_start_does_not_matter(unit: float) -> None:
    x = [0.1 * i for i in range(1, 40)]
    y = [3 * math.exp(-0.5 * t) + 1 + 0.01 * math.sin(50 * t) for t in x]
    expected = solved(problem("h * exp(-k * x) + o", x, y, [1.0, 1.0, 1.0]))[-1].checkpoint.parameters.tolist()
    chunks = solved(problem("h * exp(-k * x) + o", x, [unit * t for t in y], [unit, 1.0, unit]))
    h, k, o = chunks[-1].checkpoint.parameters.tolist()
    assert reason(chunks) == "converged"
    assert [h / unit, k, o / unit] == pytest.approx(expected, rel=1e-9)


def test_the_loss_never_grows() -> None:
    x = [0.1 * i for i in range(40)]
    posed = problem(
        "h * exp(-k * x) + o", x, [3 * math.exp(-0.7 * t) + 0.1 * math.sin(9 * t) for t in x], [1.0, 3.0, 1.0]
    )
    losses = [loss for chunk in solved(posed) for loss in chunk.losses]
    assert len(losses) > 5
    assert losses == sorted(losses, reverse=True)


def test_where_damped_trials_end_far_away_restricted_steps_follow_from_the_start() -> None:
    posed = problem("b1 * (1 - exp(-b2 * x))", [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224], [1.0, 1.0])
    chunks = solved(posed)
    losses = [loss for chunk in chunks for loss in chunk.losses]
    anew = losses.index(losses[0], 1)
    assert losses[:anew] == sorted(losses[:anew], reverse=True)
    assert losses[anew:] == sorted(losses[anew:], reverse=True)
    assert reason(chunks) == "converged"
    assert chunks[-1].checkpoint.parameters.tolist() == pytest.approx([213.809409, 0.547237485], rel=1e-8)


def test_it_goes_on_from_a_stored_checkpoint_bit_for_bit() -> None:
    posed = problem("b1 * (1 - exp(-b2 * x))", [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224], [1.0, 1.0])
    whole = solved(posed)[-1].checkpoint
    stored = Checkpoint.from_bytes(solved(posed, chunk_seconds=0)[5].checkpoint.to_bytes())
    *_, last = train(posed, SOLVER, stored, 1000, 3600)
    assert (last.checkpoint.step, last.checkpoint.loss) == (whole.step, whole.loss)
    assert last.checkpoint.parameters.equal(whole.parameters)


def test_parameters_that_the_data_do_not_tell_apart_end_at_a_minimum_all_the_same() -> None:
    chunks = solved(problem("a + b + c * x", [0, 1, 2, 3], [1, 3, 5, 7.5], [0.0, 0.0, 0.0]))
    assert reason(chunks) == "singular"
    assert chunks[-1].checkpoint.loss == pytest.approx(0.075, rel=1e-12)


def test_more_parameters_than_points_end_without_a_residual() -> None:
    chunks = solved(problem("a + b * x + c * x**2", [1, 2], [3, 5], [0.0, 0.0, 0.0]))
    assert reason(chunks) == "singular"
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
    assert (reason(chunks), chunks[-1].checkpoint.parameters.tolist()) == ("singular", [1.0])


def test_an_end_is_never_far_above_the_losses_before_it() -> None:
    formula = parse("a*exp(-k*x) + b*exp(-l*x) + c")
    x = torch.linspace(1990, 2020, 31, dtype=torch.float64)
    y = torch.exp(-0.05 * (x - 1990)) + torch.exp(-0.5 * (x - 1990))
    begin = torch.tensor([1e250, 0.3, 1e40, 0.05, 0.0], dtype=torch.float64)
    problem = Problem(formula, Data({"x": x}, y), Parameters(formula.parameters), begin)
    chunks = list(train(problem, SOLVER, start(problem, SOLVER, begin), 200, 3600))
    assert chunks[-1].checkpoint.loss <= min(loss for chunk in chunks for loss in chunk.losses) * (1 + 1e-6)


LINE = [0.5 * t + 3 for t in range(11)]


def final(chunks: list[Chunk]) -> Checkpoint:
    return chunks[-1].checkpoint


def test_a_parameter_that_the_model_does_not_depend_on_keeps_no_other_from_its_minimum() -> None:
    x, y = [1.0, 2.0, 3.0, 4.0, 5.0], [2.1, 2.9, 4.2, 4.8, 6.1]
    determined = solved(problem("m * x^p", x, y, [5.0, 1.0]))
    chunks = solved(problem("m * x^p + k * clip(x - q, 0, 0)", x, y, [5.0, 1.0, 1.0, 1.0]))
    assert reason(chunks) == "singular"
    assert final(chunks).parameters[:2].tolist() == pytest.approx(final(determined).parameters.tolist(), rel=1e-12)


def test_a_peak_far_from_all_points_keeps_no_line_from_its_minimum() -> None:
    posed = problem("a * exp(-(x - c)^2) + d + g * x", list(range(11)), LINE, [5.0, 60.0, 0.0, 1.0])
    chunks = solved(posed)
    assert (reason(chunks), posed.formula.parameters) == ("singular", ("a", "c", "d", "g"))
    assert final(chunks).parameters.tolist() == pytest.approx([5, 60, 3, 0.5], rel=1e-14)


def test_no_update_leads_far_into_the_flat() -> None:
    x = [20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]
    y = [36.1, 47.47, 55.9, 62.15, 66.78, 70.2, 72.74, 74.62, 76.02]
    chunks = solved(problem("a * (1 - exp(-b * x))", x, y, [1.0, 1.0]))
    assert reason(chunks) == "converged"
    assert final(chunks).loss == pytest.approx(1.1350637e-4, rel=1e-6)


def test_a_parameter_in_which_the_model_is_flat_keeps_no_other_from_its_minimum() -> None:
    chunks = solved(problem("a * exp(-b * (x + 10)) + d", list(range(11)), LINE, [1.0, 12.0, 0.0]))
    assert reason(chunks) == "singular"
    assert final(chunks).loss == pytest.approx(27.5, rel=1e-14)


def test_a_term_that_is_too_small_to_be_seen_keeps_no_other_from_its_minimum() -> None:
    x = [5 + 5 * i / 39 for i in range(40)]
    y = [2 + 0.5 * t + 0.05 * math.cos(40 * t) for t in x]
    seen = solved(problem("c * exp(-d * x)", x, y, [1.0, 0.1]))
    chunks = solved(problem("a * exp(-b * x) + c * exp(-d * x)", x, y, [5.0, 20.0, 1.0, 0.1]))
    assert reason(chunks) == "singular"
    assert final(chunks).loss == pytest.approx(final(seen).loss, rel=1e-12)


def test_a_fit_of_its_own_answer_finds_nothing_better() -> None:
    noise = torch.randn(250, generator=torch.Generator().manual_seed(9), dtype=torch.float64)
    model = "b1 * exp(-b2 * x) + b3 * exp(-((x - b4) / b5)^2) + b6 * exp(-((x - b7) / b8)^2)"
    true = [98.94, 0.01095, 100.7, 111.6, 23.3, 73.7, 147.76, 19.67]
    x = list(range(1, 251))
    exact = problem(model, x, x, true)
    y = (exact.model(exact.start) + 2 * noise).tolist()
    first = final(solved(problem(model, x, y, [120.07, 0.00948, 46.3, 234.7, 32.5, 175.9, 68, 51.1])))
    second = final(solved(problem(model, x, y, first.parameters.tolist())))
    assert first.loss < 1.1e5
    assert second.loss == pytest.approx(first.loss, rel=1e-9)


def test_a_start_next_to_zero_is_left() -> None:
    chunks = solved(problem("a + b * x", list(range(11)), LINE, [1.0, 1e-20]))
    assert final(chunks).parameters.tolist() == pytest.approx([3, 0.5], rel=1e-14)


def test_terms_that_start_as_one_are_told_apart() -> None:
    x = [0.2 * i for i in range(30)]
    y = [3 * math.exp(-t) + 2 * math.exp(-0.2 * t) for t in x]
    chunks = solved(problem("a * exp(-b * x) + c * exp(-d * x)", x, y, [1.0, 1.0, 1.0, 1.0]))
    assert reason(chunks) == "converged"
    assert sorted(final(chunks).parameters.tolist()) == pytest.approx([0.2, 1, 2, 3], rel=1e-10)


def test_a_minimum_at_a_kink_is_an_end_although_its_derivatives_are_not_zero() -> None:
    x = [float(t) for t in range(11)]
    y = [max(t - 5, 0) + 0.3 * (-1) ** t for t in range(11)]
    posed = problem("a + b * maximum(x - q, 0)", x, y, [0.5, 0.5, 4.0])
    chunks = solved(posed)
    beside = [posed.loss(final(chunks).parameters + torch.tensor([0.0, 0.0, far])).item() for far in (-1e-4, 1e-4)]
    assert reason(chunks) == "converged"
    assert min(beside) > final(chunks).loss


def test_a_derivative_that_is_not_finite_is_told() -> None:
    assert reason(solved(problem("sqrt(a) * x + b", [1.0, 2.0], [1.0, 3.0], [0.0, 1.0]))) == "nonfinite"


def test_steps_that_leave_the_models_domain_are_taken_back() -> None:
    chunks = solved(problem("log(a * x)", [1, 2, 3], [math.log(0.01 * t) for t in (1, 2, 3)], [50.0]))
    assert chunks[-1].checkpoint.parameters.item() == pytest.approx(0.01, rel=1e-12)


def bounded(model: str, x: list[float], y: list[float], starts: list[float], **bounds: dict[str, float]) -> Problem:
    posed = problem(model, x, y, starts)
    return Problem(posed.formula, posed.data, Parameters(posed.formula.parameters, **bounds), posed.start)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_bounds_end_at_the_nearest_point_of_an_uncorrelated_problem(a: float, b: float) -> None:
    x = [-1.0, 0.0, 1.0]
    posed = bounded(
        "a + b * x", x, [a + b * t for t in x], [0.0, 0.0], lower={"a": -1, "b": -2}, upper={"a": 1, "b": 3}
    )
    chunks = solved(posed)
    assert reason(chunks) == "converged"
    assert chunks[-1].checkpoint.parameters.tolist() == pytest.approx(
        [min(max(a, -1), 1), min(max(b, -2), 3)], rel=1e-10, abs=1e-10
    )


# Of each parameter: true value, how far below it its lower bound is, distance of the bounds, start between them.
drawn_parameter = st.tuples(st.floats(0.5, 3), st.floats(-0.3, 0.4), st.floats(0.2, 2), st.floats(0, 1))


@given(st.lists(drawn_parameter, min_size=4, max_size=4))
def test_bounds_of_a_correlated_problem_end_where_no_feasible_direction_descends(
    drawn: list[tuple[float, float, float, float]],
) -> None:
    model = "h * exp(-((x - c) / w)^2) + o"
    x = [0.125 * i for i in range(41)]
    height, centre, width, offset = (true for true, *_ in drawn)
    y = [height * math.exp(-(((t - centre) / width) ** 2)) + offset + 0.05 * math.sin(37 * t * t) for t in x]
    names = ("h", "c", "w", "o")
    lower = {name: true - below for name, (true, below, _, _) in zip(names, drawn, strict=True)}
    upper = {name: lower[name] + span for name, (_, _, span, _) in zip(names, drawn, strict=True)}
    starts_by_name = {n: lower[n] + where * (upper[n] - lower[n]) for n, (*_, where) in zip(names, drawn, strict=True)}
    starts = [starts_by_name[name] for name in parse(model).parameters]
    posed = bounded(model, x, y, starts, lower=lower, upper=upper)
    chunks = solved(posed)
    found = chunks[-1].checkpoint.parameters
    residual, jacobian = posed.residual_and_jacobian(found)
    gradient = jacobian.T @ residual
    cosines = gradient / (jacobian.norm(dim=0) * residual.norm()).clamp(min=1e-300)
    assert reason(chunks) == "converged"
    assert posed.project(found).equal(found)
    assert (cosines * ~posed.blocked(found, gradient)).abs().max() < 1e-6


def test_bounds_that_are_not_reached_change_nothing() -> None:
    free = problem("b1 * (1 - exp(-b2 * x))", [1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224], [100.0, 0.75])
    wide = Problem(free.formula, free.data, Parameters(("b1", "b2"), lower={"b1": 0}, upper={"b2": 9}), free.start)
    assert solved(wide)[-1].checkpoint.parameters.equal(solved(free)[-1].checkpoint.parameters)


def test_the_jacobian_is_the_derivative_of_the_residual() -> None:
    posed = problem("a * P3(b * x) + atan2(b, x)", [0.3, 0.5, 0.9], [1.0, 2.0, 0.5], [1.3, 0.7])
    residual, jacobian = posed.residual_and_jacobian(posed.start)
    assert residual.equal(posed.residual(posed.start))
    torch.testing.assert_close(jacobian, torch.func.jacrev(posed.residual)(posed.start))

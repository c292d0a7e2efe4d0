"""Linear least squares in one step, against solutions with 60 digits."""

import math
from collections.abc import Sequence

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.numerics.double_double import DoubleDouble
from app.fitting.optimizers.least_squares import LeastSquares, LinearSolution, solve
from app.fitting.problems.data import Data
from app.fitting.problems.design_matrix import Design, design_of
from app.fitting.problems.problem import Problem


def problem(text: str, x: list[float], y: list[float], dtype: torch.dtype = torch.float64) -> Problem:
    formula = parse(text)
    data = Data({"x": torch.tensor(x, dtype=dtype)}, torch.tensor(y, dtype=dtype))
    return Problem(formula, data, Parameters(formula.parameters), torch.ones(len(formula.parameters), dtype=dtype))


def solved(text: str, x: list[float], y: list[float]) -> LinearSolution:
    return solve(problem(text, x, y).design)


def polynomial(degree: int) -> str:
    return " + ".join(f"b{k} * x**{k}" for k in range(degree + 1))


def exact_polynomial(degree: int, x: list[float], y: list[float]) -> tuple[list[float], float, list[float]]:
    """Coefficients, sum of squares and diagonal of the inverse, by normal equations with 100 digits."""
    with mpmath.workdps(100):
        matrix = mpmath.matrix([[mpmath.mpf(point) ** k for k in range(degree + 1)] for point in x])
        target = mpmath.matrix(y)
        inverse = (matrix.T * matrix) ** -1
        solution = inverse * (matrix.T * target)
        residual = matrix * solution - target
        diagonal = [float(inverse[i, i]) for i in range(degree + 1)]
        return [float(c) for c in solution], float((residual.T * residual)[0]), diagonal


def tensor(numbers: float | Sequence[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def close(found: Tensor, true: float | Sequence[float], digits: int) -> None:
    torch.testing.assert_close(found, tensor(true), rtol=10.0**-digits, atol=0)


@pytest.mark.parametrize(
    ("degree", "low", "high", "at_least"),
    [(3, 0.0, 1.0, 1e1), (5, 0.0, 20.0, 1e3), (10, -9.0, -3.0, 1e9), (14, -9.0, -3.0, 1e13), (5, 100.0, 101.0, 1e14)],
)
def test_all_digits_are_found_up_to_a_condition_of_1e15(degree: int, low: float, high: float, at_least: float) -> None:
    x = torch.linspace(low, high, 40, dtype=torch.float64).tolist()
    y = [math.sin(point) + 10 * math.cos(1e3 * point) for point in x]
    solution = solved(polynomial(degree), x, y)
    coefficients, chisqr, diagonal = exact_polynomial(degree, x, y)
    assert solution.condition is not None
    assert solution.inverse is not None
    assert solution.condition > at_least
    close(solution.parameters, coefficients, 15)
    close(solution.chisqr, chisqr, 15)
    close(solution.inverse.diagonal(), diagonal, 14)


@settings(max_examples=20)
@given(
    st.lists(st.integers(-50, 50), min_size=4, max_size=12, unique=True),
    st.lists(st.integers(-9, 9), min_size=1, max_size=4),
)
def test_coefficients_of_data_that_are_a_polynomial_come_back(x: list[int], coefficients: list[int]) -> None:
    y = [float(sum(c * point**k for k, c in enumerate(coefficients))) for point in x]
    found = solved(polynomial(len(coefficients) - 1), list(map(float, x)), y).parameters
    torch.testing.assert_close(found, tensor(coefficients), rtol=1e-15, atol=1e-25)


def test_residual_is_model_minus_data() -> None:
    solution = solved("a", [1, 2, 3], [1, 2, 6])
    close(solution.residual, [2, 1, -3], 15)
    assert solution.chisqr.item() == 14


@pytest.mark.parametrize("scale", [1e-250, 1e250])
def test_data_of_any_size_are_borne(scale: float) -> None:
    x, y = [1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 5.0]
    expected, found = solved("a + b * x", x, y), solved("a + b * x", x, [scale * value for value in y])
    torch.testing.assert_close(found.parameters / scale, expected.parameters)
    stretched = solved("a + b * x", [scale * point for point in x], y)
    torch.testing.assert_close(stretched.parameters * tensor([1, scale]), expected.parameters)


def test_columns_that_depend_on_one_another_are_told_and_the_least_norm_taken() -> None:
    solution = solved("a * x + b * x + c", [1, 2, 3], [3, 5, 7])
    assert (solution.condition, solution.inverse) == (None, None)
    torch.testing.assert_close(solution.parameters, tensor([1, 1, 1]))
    assert solution.chisqr.item() < 1e-28


@pytest.mark.parametrize("text", ["a * x + b * 0", "a * sin(x)**2 + b * cos(x)**2 + c", polynomial(9)])
def test_other_designs_without_one_solution_are_told_as_well(text: str) -> None:
    x = torch.linspace(100, 101, 50, dtype=torch.float64).tolist()
    solution = solved(text, x, x)
    assert solution.condition is None
    assert solution.parameters.isfinite().all()


@pytest.mark.parametrize("seed", range(3))
def test_a_dependence_that_rounding_hides_from_the_qr_decomposition_is_told(seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    columns = torch.randint(-100, 100, (100_000, 6), generator=random).double()
    columns[:, -1] = columns[:, :-1] @ tensor([3, -1, 2, -3, 1])
    solution = solve(Design(DoubleDouble.of(columns), DoubleDouble.of(columns[:, 0])))
    assert solution.condition is None
    assert solution.residual.abs().max() < 1e-10


def test_fewer_points_than_parameters_are_singular() -> None:
    solution = solved("a + b * x + c * x**2", [1, 2], [1, 2])
    assert solution.condition is None
    close(solution.residual + 1, [1, 1], 15)


def test_many_curves_are_solved_as_each_alone() -> None:
    x, first, second = tensor([1, 2, 3, 4]), tensor([1, 5, 3, 8]), tensor([1e9, 5e9, -3e9, 1])
    formula, factor = parse("a + b * x + exp(x)"), tensor([1, 2, 0.5, 3])
    parameters = Parameters(formula.parameters)
    curves = torch.stack([first, second], 1)
    together = solve(design_of(formula, Data({"x": x}, curves, factor), parameters))
    for index, y in enumerate((first, second)):
        alone = solve(design_of(formula, Data({"x": x}, y, factor), parameters))
        torch.testing.assert_close(together.parameters[:, index], alone.parameters)
        torch.testing.assert_close(together.residual[:, index], alone.residual)
        torch.testing.assert_close(together.chisqr[index], alone.chisqr)


def test_without_free_parameters_the_residual_is_left() -> None:
    formula = parse("a * x")
    data = Data({"x": tensor([1, 2])}, tensor([1, 1]))
    solution = solve(design_of(formula, data, Parameters(("a",), {"a": 2.0})))
    assert solution.parameters.shape == (0,)
    assert solution.residual.tolist() == [1, 3]


def test_one_step_is_all() -> None:
    line = problem("a + b * x", [1, 2, 3], [3, 5, 7])
    optimizer = LeastSquares()
    state = optimizer.init(line.start)
    assert optimizer.done(state) is None
    step = optimizer.step(line, line.start, state)
    assert step.parameters.tolist() == [1, 2]
    assert step.loss == line.loss(line.start)
    end = optimizer.done(step.state)
    assert end is not None
    assert (end.reason, end.criterion) == ("converged", "solved")


def test_a_singular_design_is_a_reason_of_its_own() -> None:
    line = problem("a + b * x", [1, 1, 1], [3, 5, 7])
    optimizer = LeastSquares()
    step = optimizer.step(line, line.start, optimizer.init(line.start))
    end = optimizer.done(step.state)
    assert end is not None
    assert end.reason == "singular"
    torch.testing.assert_close(step.parameters, tensor([2.5, 2.5]))


def test_float32_is_solved_in_float64_and_rounded_at_the_end() -> None:
    x, y = [100.0, 100.5, 101.0, 101.5], [1.0, 3.0, 2.0, 5.0]
    single = problem(polynomial(2), x, y, torch.float32)
    step = LeastSquares().step(single, single.start, {})
    assert step.parameters.equal(solved(polynomial(2), x, y).parameters.float())


def test_a_model_without_a_finite_value_gives_nan() -> None:
    pole = problem("a / x", [0, 1], [1, 2])
    assert LeastSquares().step(pole, pole.start, {}).parameters.isnan().all()

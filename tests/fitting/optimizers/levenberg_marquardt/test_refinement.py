"""The end of Levenberg-Marquardt: digits, against minima worked out to 40, however large the residuals are."""

import math
from collections.abc import Callable, Sequence

import mpmath
import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.levenberg_marquardt.refinement import half_hessian, refined
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.training import start, train

X = [5 * i / 39 for i in range(40)]
DECAY = [5 * math.exp(-0.7 * t) + 1 + 0.05 * math.sin(37 * t * t) for t in X]
WAVES = [2 * math.cos(2.6 * t) + 1.5 * math.cos(5.8 * t + 0.4) + 0.7 * math.cos(8.8 * t) for t in X]


def problem(model: str, y: Sequence[float], starts: dict[str, float], **held: dict[str, float]) -> Problem:
    formula = parse(model)
    parameters = Parameters(formula.parameters, **held)
    data = Data({"x": torch.tensor(X, dtype=torch.float64)}, torch.tensor(y, dtype=torch.float64))
    vector = torch.tensor([starts[name] for name in parameters.free], dtype=torch.float64)
    return Problem(formula, data, parameters, vector)


def solution(posed: Problem) -> dict[str, float]:
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(posed, optimizer, start(posed, optimizer, posed.start), 1000, 3600)
    assert last.stop is not None
    assert last.stop.reason == "converged"
    return dict(zip(posed.parameters.free, last.checkpoint.parameters.tolist(), strict=True))


def correct_digits(
    found: Sequence[float], y: Sequence[float], model: Callable[..., tuple[mpmath.mpf, list[mpmath.mpf]]]
) -> float:
    """Of the worst number, by Newton's method on the gradient; `model` is its value and derivatives at one x."""

    def gradient(*parameters: mpmath.mpf) -> list[mpmath.mpf]:
        rows = [model(mpmath.mpf(t), *parameters) for t in X]
        residuals = [value - mpmath.mpf(there) for (value, _), there in zip(rows, y, strict=True)]
        columns = zip(*(derivatives for _, derivatives in rows), strict=True)
        return [mpmath.fdot(zip(residuals, column, strict=True)) for column in columns]

    with mpmath.workdps(40):
        exact = mpmath.findroot(gradient, [mpmath.mpf(number) for number in found])
        errors = [abs(number / there - 1) for number, there in zip(found, exact, strict=True)]
        return float(-mpmath.log10(max(*errors, mpmath.mpf(10) ** -16)))


def decay(t: mpmath.mpf, b: mpmath.mpf, c: mpmath.mpf) -> tuple[mpmath.mpf, list[mpmath.mpf]]:
    falling = 3.5 * mpmath.exp(-b * t)
    return falling + c, [-t * falling, mpmath.mpf(1)]


def waves(
    t: mpmath.mpf, a: mpmath.mpf, w: mpmath.mpf, b: mpmath.mpf, v: mpmath.mpf
) -> tuple[mpmath.mpf, list[mpmath.mpf]]:
    first, second = mpmath.cos(w * t), mpmath.cos(v * t)
    slopes = [first, -a * t * mpmath.sin(w * t), second, -b * t * mpmath.sin(v * t)]
    return a * first + b * second, slopes


@pytest.mark.parametrize("held", [{"upper": {"a": 3.5}}, {"fixed": {"a": 3.5}}], ids=["bound", "fixed"])
def test_a_parameter_that_is_held_costs_the_others_no_digits(held: dict[str, dict[str, float]]) -> None:
    found = solution(problem("a * exp(-b * x) + c", DECAY, {"a": 2.0, "b": 1.0, "c": 0.0}, **held))
    assert found.get("a", 3.5) == 3.5
    assert correct_digits([found["b"], found["c"]], DECAY, decay) > 14


@pytest.mark.parametrize(("w", "v"), [(1.0, 4.4), (1.6, 9.8), (7.2, 11.0), (4.4, 13.0)])
def test_a_minimum_far_from_the_data_has_all_digits(w: float, v: float) -> None:
    found = solution(problem("a * cos(w * x) + b * cos(v * x)", WAVES, {"a": 1.0, "w": w, "b": 1.0, "v": v}))
    assert correct_digits([found[name] for name in "awbv"], WAVES, waves) > 13.5


def test_updates_of_nothing_but_rounding_are_the_end() -> None:
    found = solution(problem("a * exp(-b * x) + c", DECAY, {"a": 2.0, "b": 1.0, "c": 0.0}))
    again = problem("a * exp(-b * x) + c", DECAY, found)
    refined(again, again.start)
    assert again.evaluations.count <= 2


def test_second_derivatives_are_those_of_the_loss() -> None:
    posed = problem("a * P3(b * x) + c", DECAY, {"a": 1.3, "b": 0.7, "c": 0.2})
    expected = torch.autograd.functional.hessian(posed.loss, posed.start) / 2
    torch.testing.assert_close(half_hessian(posed, posed.start), expected)


def test_second_derivatives_of_a_loss_without_parameters_are_zero() -> None:
    posed = problem("heaviside(a + 5) * x", DECAY, {"a": 1.0})
    assert half_hessian(posed, posed.start).tolist() == [[0.0]]


def test_there_is_no_refinement_where_a_derivative_is_not_finite() -> None:
    posed = problem("sqrt(a) * x", DECAY, {"a": 0.0})
    assert refined(posed, posed.start) is None


def test_a_saddle_is_left() -> None:
    # At a = 0 the loss is as stationary as at its two minima.
    posed = problem("a^2 + 0 * x", [2.0] * len(X), {"a": 0.0})
    end = refined(posed, posed.start)
    assert end is not None
    assert end.lower is not None
    assert posed.loss(end.lower) < posed.loss(posed.start)

"""Intervals by profile likelihood: where the law is plain; test_references compares them with numbers of scipy."""

import math
from dataclasses import replace

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.losses import Loss, SumOfSquares, make_loss
from app.fitting.problems.problem import Problem
from app.fitting.profile import Interval, profile_intervals
from app.fitting.statistics import statistics

X = [1.0, 2.0, 3.0, 4.0, 5.0]
Y = [1.2, 1.9, 3.2, 3.9, 5.1]
MIDDLE = {"huber": 3.25, "tukey": 3.0}
"""Where the sum of psi is 0 for 2.9, 3, 3.1, 3 and 30, at threshold 1."""


def posed(
    model: str, y: list[float], at: list[float], loss: Loss | None = None, **settings: dict[str, float]
) -> Problem:
    formula = parse(model)
    data = Data({"x": torch.tensor(X, dtype=torch.float64)}, torch.tensor(y, dtype=torch.float64))
    parameters = Parameters(formula.parameters, **settings)
    return Problem(formula, data, parameters, torch.tensor(at, dtype=torch.float64), loss or SumOfSquares())


def intervals(problem: Problem, level: float = 0.95) -> dict[str, Interval]:
    pieces = profile_intervals(problem, problem.start, level)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found: dict[str, Interval] = end.value
            return found


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_of_a_linear_model_they_are_those_of_students_t(level: float) -> None:
    problem = posed("a + b * x", Y, [0.12, 0.98])
    expected = statistics(problem, problem.start, level).confidence_intervals
    found = intervals(problem, level)
    assert {name: pytest.approx(interval, rel=1e-9) for name, interval in expected.items()} == found


def test_a_parameter_alone_needs_no_training() -> None:
    found = intervals(posed("m + 0 * x", [1, 2, 3, 4, 5], [3]))
    # Student's t with 4 degrees of freedom times the standard error sqrt(10 / 4 / 5).
    assert found["m"] == pytest.approx((3 - 2.776445105 * math.sqrt(0.5), 3 + 2.776445105 * math.sqrt(0.5)))


def test_of_another_scale_they_are_the_same_interval() -> None:
    (low, high), (low_of_log, high_of_log) = (
        intervals(posed("m + 0 * x", [1, 2, 3, 4, 5], [3], lower={"m": 0.0}))["m"],
        intervals(posed("exp(m) + 0 * x", [1, 2, 3, 4, 5], [math.log(3)]))["m"],
    )
    assert low is not None
    assert high is not None
    assert (low_of_log, high_of_log) == pytest.approx((math.log(low), math.log(high)))


def test_counts_have_the_likelihood_of_poissons_distribution() -> None:
    low, high = intervals(posed("m + 0 * x", [2, 3, 4, 5, 6], [4], make_loss("poisson")))["m"]
    for end in (low, high):
        assert end is not None
        assert 2 * 5 * (end - 4 + 4 * math.log(4 / end)) == pytest.approx(1.959963985**2)


def test_an_end_beyond_a_bound_does_not_exist() -> None:
    low, high = intervals(posed("a + b * x", Y, [0.12, 0.98], upper={"b": 1.0}))["b"]
    assert low is not None
    assert high is None


def test_an_end_just_within_a_bound_is_found() -> None:
    problem = posed("a + b * x", Y, [0.12, 0.98])
    _, high = intervals(problem)["b"]
    assert high is not None
    found = intervals(posed("a + b * x", Y, [0.12, 0.98], upper={"b": high + 1e-6}))
    assert found["b"][1] == pytest.approx(high, rel=1e-9)


def test_where_the_model_has_no_value_it_is_not_looked_for() -> None:
    # 0.01 is the least that a can be; the interval would go beyond 0, where the root has no value.
    (low, high) = intervals(posed("sqrt(a) + 0 * x", [0.5, -0.5, 1, -0.8, 0.3], [0.01]))["a"]
    assert low is None
    assert high is not None


def test_a_robust_loss_that_sees_no_outlier_has_the_interval_of_the_normal_distribution() -> None:
    problem = posed("a + b * x", Y, [0.12, 0.98], make_loss("huber", 5.0))
    expected = statistics(problem, problem.start).confidence_intervals
    assert intervals(problem) == {name: pytest.approx(interval) for name, interval in expected.items()}


def test_of_a_robust_loss_the_drop_in_dispersion_is_as_large_as_its_scatter() -> None:
    problem = posed("m + 0 * x", [-1, 0, 1, 0, 100], [1 / 3], make_loss("huber", 1.0))
    # The derivative psi of half the loss is 1, 1/3, -2/3, 1/3, -1; psi' is 1 at the three points in the middle.
    correction = 1 + 1 / 5 * 0.24 / 0.6**2
    scatter = correction**2 * (2 + 6 / 9) / 4 / 0.6
    for end in intervals(problem)["m"]:
        assert end is not None
        rise = problem.loss(torch.tensor([end])) - problem.loss(problem.start)
        assert rise.item() == pytest.approx(1.959963985**2 * scatter)


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_of_another_scale_a_robust_interval_is_the_same(loss: str) -> None:
    (low, high), (low_of_log, high_of_log) = (
        intervals(posed(model, [2.9, 3, 3.1, 3, 30], [start], make_loss(loss, 1.0)))["m"]
        for model, start in (("m + 0 * x", MIDDLE[loss]), ("exp(m) + 0 * x", math.log(MIDDLE[loss])))
    )
    assert low is not None
    assert high is not None
    assert (low_of_log, high_of_log) == pytest.approx((math.log(low), math.log(high)))


def test_a_parameter_at_its_bound_has_none() -> None:
    found = intervals(posed("a + b * x", Y, [0.5, 0.87], lower={"a": 0.5}))
    assert found["a"] == (None, None)


def test_a_point_of_weight_0_does_not_count() -> None:
    problem = posed("a + b * x", Y, [0.12, 0.98])
    data = problem.data
    further = Data(
        {"x": torch.cat([data.variables["x"], torch.tensor([6.0])])}, torch.cat([data.y, torch.tensor([99.0])])
    )
    weighted = replace(further, factor=torch.tensor([1.0] * 5 + [0.0], dtype=torch.float64))
    assert intervals(replace(problem, data=weighted)) == intervals(problem)


def test_a_perfect_fit_and_one_without_degrees_of_freedom_have_none() -> None:
    nothing = {"a": (None, None), "b": (None, None)}
    assert intervals(posed("a + b * x", X, [0, 1])) == nothing
    quartic = "a + b * x + c * x^2 + d * x^3 + f * x^4"
    assert set(intervals(posed(quartic, Y, [1, 1, 1, 1, 1])).values()) == {(None, None)}


def test_a_local_minimum_beside_a_lower_one_has_none() -> None:
    x = torch.arange(1, 11, dtype=torch.float64) / 2
    y = torch.sin(2 * x) - 0.3 * (-1) ** torch.arange(10)
    problem = replace(posed("sin(w * x)", Y, [0.6808225730688775]), data=Data({"x": x}, y))
    assert intervals(problem) == {"w": (None, None)}
    low, high = intervals(replace(problem, start=torch.tensor([2.0084971742345146], dtype=torch.float64)))["w"]
    assert low is not None
    assert high is not None
    assert low < 2 < high

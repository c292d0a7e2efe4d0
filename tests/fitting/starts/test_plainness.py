"""Of parameters that are equally good, the smallest are the plainest."""

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.starts.plainness import Ranked, Size, calmest, least_cancelling


def numbers(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def size(scale: float = 1.0, start: float = 1.0, unknown: tuple[str, ...] = ("a", "w", "p")) -> Size:
    """Of the parameters of an oscillation at x in another unit, near a = 2, w = 1.5, p = 0.4."""
    x = torch.linspace(0, 10, 21, dtype=torch.float64) * scale
    formula = parse("a*sin(w*x + p)")
    problem = Problem(formula, Data({"x": x}, 0 * x), Parameters(formula.parameters), numbers(start, start, start))
    return Size.near(problem, numbers(2, 1.5 / scale, 0.4), unknown, ["a"])


def test_a_lower_frequency_is_plainer_and_so_is_a_lower_phase() -> None:
    low, fast, turned = size()(
        torch.stack([numbers(2, 1.5, 0.4), numbers(2, 14.1, 0.4), numbers(2, 1.5, 6.7)])
    ).tolist()
    assert low < turned < fast


def test_the_unit_of_x_changes_nothing() -> None:
    torch.testing.assert_close(size(1000.0)(numbers(2, 0.0015, 0.4)), size()(numbers(2, 1.5, 0.4)))


def test_what_is_solved_for_does_not_count() -> None:
    assert size()(numbers(2, 1.5, 0.4)) == size()(numbers(-1e9, 1.5, 0.4))


def test_of_two_signs_the_positive_one_is_plainer() -> None:
    assert size()(numbers(2, 1.5, 0.4)) < size()(numbers(2, -1.5, -0.4))


def test_a_known_parameter_is_smallest_at_its_start() -> None:
    known = size(start=126.0, unknown=("a", "p"))
    assert known(numbers(2, 126, 0.4)) < known(numbers(2, 1.5, 0.4))


def test_losses_that_are_nearly_the_same_are_equal_and_others_are_not() -> None:
    low, fast, poor = numbers(2, 1.5, 0.4), numbers(2, 14.1, 0.4), numbers(2, 0.1, 0)
    ranked = Ranked.of(numbers(1.001, 1.0, 1.5), torch.stack([low, fast, poor]))
    assert size().plainest(ranked.as_good_as_the_best(0.0)).equal(low)


def test_equal_parameters_count_once() -> None:
    same = numbers(2, 1.5, 0.4)
    ranked = Ranked.of(numbers(1, 1, 1), torch.stack([same, same * 1.0001, numbers(2, 14.1, 0.4)]))
    assert len(ranked.as_good_as_the_best(0.0)) == 2


def test_distinct_minima_have_distinct_losses() -> None:
    ranked = Ranked.of(numbers(1, 1.0001, 1.5, 1.5, 3, 4), torch.arange(6.0).double()[:, None])
    assert ranked.distinct_minima(1.001, 3).losses.tolist() == [1, 1.5, 3]


def test_the_calmest_moves_least_between_the_points() -> None:
    x = torch.arange(0.0, 10).double()
    formula = parse("a*sin(w*x + p)")
    problem = Problem(formula, Data({"x": x}, 0 * x), Parameters(formula.parameters), numbers(1, 1, 1))
    alias = torch.stack([numbers(2, 0.7 + 2 * torch.pi, 0.4), numbers(2, 0.7, 0.4)])
    assert calmest(problem, alias).tolist() == [[2, 0.7, 0.4]]


def test_losses_of_nothing_but_rounding_are_equal() -> None:
    ranked = Ranked.of(numbers(1e-25, 1e-30), torch.stack([numbers(2, 1.5, 0.4), numbers(2, 14.1, 0.4)]))
    assert size().plainest(ranked.as_good_as_the_best(1e-20)).tolist() == [2, 1.5, 0.4]


def test_candidates_are_plainer_than_all_that_are_better() -> None:
    frequencies = numbers(14.1, 3.0, 4.0, 2.0, 20.0)
    candidates = torch.stack([torch.full((5,), 2.0, dtype=torch.float64), frequencies, torch.zeros(5).double()], dim=1)
    ranked = Ranked.of(numbers(1, 2, 3, 4, torch.nan), candidates)
    assert ranked.plainer(size(), numbers(2, 10, 0), 8)[:, 1].tolist() == [3, 2]


def test_terms_that_hardly_cancel_are_preferred() -> None:
    formula = parse("a*exp(-b*x) + c*exp(-d*x)")
    x = torch.linspace(0, 3, 30, dtype=torch.float64)
    parameters = Parameters(formula.parameters)
    posed = Problem(formula, Data({"x": x}, torch.exp(-x)), parameters, torch.ones(4, dtype=torch.float64))
    small, large = ([0.5, 1.0, 0.5, 1.0], [1001.0, 1.0, -1000.0, 1.0])
    kept = least_cancelling(posed, torch.tensor([large, small], dtype=torch.float64), ("a", "c"))
    assert kept.tolist() == [small]

"""Numbers that a parameter of an unknown model may be."""

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.starts.candidates import Scales, draw

X = torch.linspace(100, 300, 21, dtype=torch.float64)
DATA = Data({"x": X}, torch.linspace(-4, 6, 21, dtype=torch.float64))
COUNT = 5000


def drawn(seed: int = 0, **bounds: dict[str, float]) -> dict[str, Tensor]:
    formula = parse("a * exp(-b * x) + c")
    problem = Problem(formula, DATA, Parameters(formula.parameters, **bounds), torch.ones(3, dtype=torch.float64))
    return draw(problem, ["a", "b", "c"], Scales.of(DATA), COUNT, torch.Generator().manual_seed(seed))


def test_scales_are_those_of_the_data_and_their_reciprocals() -> None:
    scales = Scales.of(DATA)
    # The range, the largest and the spacing of x, the range and the largest of y.
    for size in (200, 1 / 200, 300, 1 / 300, 10, 1 / 10, 10, 6):
        assert scales.sizes.isclose(torch.tensor(size, dtype=torch.float64)).any(), size
    assert {0, 1, 100, 300} <= {*scales.places.tolist()}


def test_a_variable_that_does_not_vary_has_no_range() -> None:
    sizes = Scales.of(Data({"x": torch.zeros(4, dtype=torch.float64)}, torch.zeros(4, dtype=torch.float64))).sizes
    assert sizes.tolist() == [1]


def test_candidates_are_of_either_sign_and_of_many_sizes() -> None:
    (sizes, *_) = drawn().values()
    assert 0.5 < (sizes > 0).double().mean().item() < 0.95
    magnitudes = sizes[sizes != 0].abs().log10()
    assert (magnitudes.amax() - magnitudes.amin()).item() > 6


def test_a_seed_draws_the_same_again() -> None:
    first, again, other = drawn(1), drawn(1), drawn(2)
    assert all(first[name].equal(again[name]) for name in first)
    assert not any(first[name].equal(other[name]) for name in first)


def test_candidates_stay_within_their_bounds() -> None:
    found = drawn(lower={"a": 2.0, "b": 0.5}, upper={"b": 0.6, "c": -1.0})
    assert found["a"].amin().item() >= 2
    assert 0.5 <= found["b"].amin().item() <= found["b"].amax().item() <= 0.6
    assert found["c"].amax().item() <= -1

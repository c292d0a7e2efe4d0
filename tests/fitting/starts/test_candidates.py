"""Numbers that a parameter of an unknown model may be."""

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import tree_of
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.starts.candidates import Drawing, Scales
from app.fitting.starts.roles import roles_of

X = torch.linspace(100, 300, 21, dtype=torch.float64)
DATA = Data({"x": X}, torch.linspace(-4, 6, 21, dtype=torch.float64))
COUNT = 5000


def drawn(
    model: str = "a * exp(-b * x) + c", seed: int = 0, data: Data = DATA, **bounds: dict[str, float]
) -> dict[str, Tensor]:
    """Candidates of all parameters, also of those that a search would solve for."""
    formula = parse(model)
    parameters = Parameters(formula.parameters, **bounds)
    problem = Problem(formula, data, parameters, torch.ones(len(parameters.free), dtype=torch.float64))
    roles = roles_of(tree_of(formula, {}), data.variables)
    drawing = Drawing(problem, parameters.free, roles, torch.Generator().manual_seed(seed))
    return dict(zip(parameters.free, drawing.candidates(COUNT), strict=True))


def share(condition: Tensor) -> float:
    return condition.double().mean().item()


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
    (sizes, *_) = drawn("legendre(2, x) * a").values()
    assert 0.5 < (sizes > 0).double().mean().item() < 0.95
    magnitudes = sizes[sizes != 0].abs().log10()
    assert (magnitudes.amax() - magnitudes.amin()).item() > 6


def test_a_seed_draws_the_same_again() -> None:
    first, again, other = drawn(seed=1), drawn(seed=1), drawn(seed=2)
    assert all(first[name].equal(again[name]) for name in first)
    assert not any(first[name].equal(other[name]) for name in first)


def test_candidates_stay_within_their_bounds() -> None:
    found = drawn(lower={"a": 2.0, "b": 0.5}, upper={"b": 0.6, "c": -1.0})
    assert found["a"].amin().item() >= 2
    assert 0.5 <= found["b"].amin().item() <= found["b"].amax().item() <= 0.6
    assert found["c"].amax().item() <= -1


def test_most_places_are_among_the_data() -> None:
    place = drawn("a*tanh(b*(x - c)) + d")["c"]
    assert 0.4 < share((place > 90) & (place < 310)) < 0.9


def test_the_place_of_an_affine_argument_is_where_it_is_0() -> None:
    values = drawn("a/(1 + exp(-(c + d*x)))")
    zero = -values["c"] / values["d"]
    assert share((zero > 90) & (zero < 310)) > 0.3


def test_rates_are_about_those_of_the_range() -> None:
    rate = drawn()["b"].abs()
    assert share((rate > 1e-3) & (rate < 1)) > 0.5


def test_a_frequency_is_mostly_one_that_the_points_can_tell() -> None:
    frequency = drawn("a*sin(2*pi*f*x + p)")["f"].abs()
    assert share(frequency <= 0.05) > 0.6
    assert share((frequency > 0.025) & (frequency <= 0.05)) > 0.2


def test_a_phase_is_mostly_within_one_turn() -> None:
    assert share(drawn("a*sin(w*x + p)")["p"].abs() <= torch.pi) > 0.7


def test_an_exponent_is_mostly_no_larger_than_4() -> None:
    assert share(drawn("a*x**n")["n"].abs() <= 4) > 0.7


def test_a_factor_of_a_power_follows_from_the_exponent() -> None:
    values = drawn("a/(1 + b*x**n)")
    sizes = (values["b"] * 200 ** values["n"]).abs().log10().abs()
    assert share(sizes < 2) > 0.4


def test_between_uneven_points_faster_oscillations_are_looked_for() -> None:
    even = torch.linspace(0, 100, 101, dtype=torch.float64)
    uneven = torch.cat([even[::2], even[::2] + 0.05]).sort().values
    fastest = [drawn("a*sin(w*x)", data=Data({"x": x}, DATA.y.repeat(6)[: len(x)]))["w"] for x in (even, uneven)]
    beyond = [share((rates.abs() > 4) & (rates.abs() < 60)) for rates in fastest]
    assert beyond[1] > beyond[0] + 0.2

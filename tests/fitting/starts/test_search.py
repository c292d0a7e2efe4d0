"""Start values that nobody gave are found."""

import json
import math
from collections.abc import Collection, Generator, Iterator
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data, parse_response
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.starts import search
from app.fitting.starts.search import Guessed, search_start
from app.fitting.training import start, train
from tests.helpers.certified import NONLINEAR_SETS
from tests.helpers.work import answer


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """As in a worker: on few numbers, threads that wait for each other take longer than one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def problem(model: str, variables: dict[str, Tensor], y: Tensor, **bounds: dict[str, float]) -> Problem:
    formula = parse(model, variables)
    parameters = Parameters(formula.parameters, **bounds)
    return Problem(formula, Data(variables, y), parameters, torch.ones(len(parameters.free), dtype=torch.float64))


def found(posed: Problem, seed: int = 0) -> tuple[float, list[float]]:
    """Loss and parameters of a fit from the start that was searched for."""
    posed = replace(posed, start=answer(search_start(posed, posed.parameters.free, seed)).start)
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(posed, optimizer, start(posed, optimizer, posed.start), 3000, 3600)
    return last.checkpoint.loss, last.checkpoint.parameters.tolist()


def start_of(posed: Problem, unknown: Collection[str], seed: int) -> Tensor:
    return answer(search_start(posed, unknown, seed)).start


def noise(points: int, size: float) -> Tensor:
    return size * torch.randn(points, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def line(low: float, high: float, points: int) -> Tensor:
    return torch.linspace(low, high, points, dtype=torch.float64)


@pytest.mark.parametrize("name", NONLINEAR_SETS)
def test_the_certified_minimum_is_found_without_any_start(name: str) -> None:
    data = json.loads(NONLINEAR_SETS[name].read_text())
    x = torch.tensor(data["x"], dtype=torch.float64)
    variables = {"x": x} if x.ndim == 1 else {f"x{i}": column for i, column in enumerate(x.T, 1)}
    y = torch.tensor(data["y"], dtype=torch.float64)
    if data.get("response"):
        y = parse_response(data["response"])({"y": y})
    loss, _ = found(problem(data["expr"], variables, y))
    assert loss == pytest.approx(float(data["hp_rss"]), rel=1e-6)


X = line(0, 8000, 60)
TIMES = line(0, 10, 80)
DOSES = torch.logspace(-9, -3, 24, dtype=torch.float64)


@pytest.mark.parametrize(
    ("model", "x", "y", "truth"),
    [
        ("b1*(1 - exp(-b2*x))", X, 3e6 * (1 - torch.exp(-X / 1500)) + noise(60, 3e4), [3e6, 1 / 1500]),
        (
            "a*exp(-(x - m)^2/(2*s^2)) + o",
            line(500, 900, 300),
            50 * torch.exp(-((line(500, 900, 300) - 632) ** 2) / 50) + 10 + noise(300, 1),
            [50, 632, 5, 10],
        ),
        (
            "a*sin(w*x) + b*cos(w*x) + o",
            line(0, 10, 120),
            3 * torch.sin(17.3 * line(0, 10, 120)) + 1 + noise(120, 0.2),
            [3, 17.3, 0, 1],
        ),
        ("v*x/(k + x)", 1e-10 * X, 4e-3 * X / (2500 + X) + noise(60, 5e-5), [4e-3, 2.5e-7]),
        (
            "a*exp(-b*x) + c*exp(-d*x)",
            TIMES,
            5 * torch.exp(-3 * TIMES) + 2 * torch.exp(-0.3 * TIMES) + noise(80, 0.02),
            [5, 3, 2, 0.3],
        ),
        (
            "low + (high - low)/(1 + (x/c)^h)",
            DOSES,
            100 - 95 / (1 + (DOSES / 3e-7) ** 1.2) + noise(24, 2),
            [100, 5, 3e-7, 1.2],
        ),
    ],
    ids=["saturation in millions", "far peak", "oscillation", "tiny x", "double exponential", "logistic"],
)
def test_parameters_of_any_scale_are_found(model: str, x: Tensor, y: Tensor, truth: list[float]) -> None:
    posed = problem(model, {"x": x}, y)
    loss, _ = found(posed)
    assert loss <= posed.loss(torch.tensor(truth, dtype=torch.float64)).item()


def test_an_oscillation_in_a_large_sample_is_not_taken_for_another() -> None:
    x = line(0, 100, 100_000)
    posed = problem("a*sin(w*x + p) + o", {"x": x}, 3 * torch.sin(2.5 * x + 2) + 1 + noise(100_000, 0.5))
    vector = start_of(posed, posed.parameters.free, 0)
    assert abs(vector[1].item()) == pytest.approx(2.5, rel=1e-3)


EVEN = line(0, 10, 21)
FAR = line(1000, 1010, 41)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("model", "x", "y", "plainest"),
    [
        ("a*sin(w*x + p) + o", EVEN, (2 * torch.sin(1.5 * EVEN + 0.4) + 10).round(decimals=3), [2, 1.5, 0.4, 10]),
        ("a*cos(2*pi*f*x)", EVEN, 3 * torch.cos(0.6 * math.pi * EVEN), [3, 0.3]),
        (
            "a*exp(-d*x)*sin(w*x + p)",
            EVEN,
            3 * torch.exp(-0.2 * EVEN) * torch.sin(2.1 * EVEN + 0.5) + noise(21, 0.01),
            [3, 0.2, 2.1, 0.5],
        ),
        ("sin(w*x + p)", EVEN, torch.sin(1.5 * EVEN + 0.4), [1.5, 0.4]),
    ],
    ids=["sine", "cosine", "damped", "without a linear parameter"],
)
def test_of_frequencies_that_even_points_cannot_tell_apart_the_lowest_is_found(
    model: str, x: Tensor, y: Tensor, plainest: list[float], seed: int
) -> None:
    posed = problem(model, {"x": x}, y)
    assert start_of(posed, posed.parameters.free, seed).tolist() == pytest.approx(plainest, rel=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_far_from_0_the_lowest_frequency_is_found_with_the_phase_nearest_to_0(seed: int) -> None:
    posed = problem("a*sin(w*x + p) + o", {"x": FAR}, 2 * torch.sin(1.5 * FAR + 0.4) + 10 + noise(41, 0.02))
    _, w, p, _ = start_of(posed, posed.parameters.free, seed).tolist()
    assert w == pytest.approx(1.5, rel=0.01)
    assert abs(p) < 2 * math.pi


@pytest.mark.parametrize("seed", range(3))
def test_of_two_signs_the_positive_one_is_found(seed: int) -> None:
    x = line(0, 10, 60)
    posed = problem("a*exp(-((x - m)/s)^2) + o", {"x": x}, 5 * torch.exp(-(((x - 6.3) / 0.7) ** 2)) + noise(60, 0.05))
    assert start_of(posed, posed.parameters.free, seed)[2].item() == pytest.approx(0.7, rel=0.1)


def test_parameters_of_counts_are_found() -> None:
    x = line(0, 100, 120)
    mean = 40 * torch.exp(-(((x - 60) / 6) ** 2))
    posed = problem("a*exp(-((x - m)/s)^2)", {"x": x}, mean.round())
    vector = start_of(replace(posed, loss_function=make_loss("poisson")), posed.parameters.free, 0)
    assert vector.abs().tolist() == pytest.approx([40, 60, 6], rel=0.05)


@pytest.fixture
def decay() -> Problem:
    x = line(0, 5, 30)
    return problem("a*exp(-b*x) + c*exp(-d*x)", {"x": x}, torch.exp(-x) + noise(30, 0.05))


def test_a_seed_leads_to_the_same_start_again(decay: Problem) -> None:
    first, again, other = (start_of(decay, decay.parameters.free, seed) for seed in (1, 1, 2))
    assert first.equal(again)
    assert not first.equal(other)


def test_the_speed_of_the_machine_changes_nothing(decay: Problem, monkeypatch: pytest.MonkeyPatch) -> None:
    first = start_of(decay, decay.parameters.free, 1)
    monkeypatch.setattr(search, "_PIECE_SECONDS", 0.0)
    assert start_of(decay, decay.parameters.free, 1).equal(first)


def test_only_where_no_minimum_is_sure_further_candidates_are_tried(decay: Problem) -> None:
    x = decay.data.variables["x"]
    wave = problem("a*exp(-b*x) + c", {"x": x}, decay.data.y + 0.3 * torch.sin(2 * x))
    sure, unsure = (answer(search_start(each, each.parameters.free, 0)) for each in (decay, wave))
    assert sure.candidates == search.STAGES[0]
    assert unsure.candidates == sum(search.STAGES)


def test_guesses_are_made_anew_as_long_as_they_lead_to_a_better_minimum() -> None:
    x = line(0, 10, 80)
    y = 3 * torch.exp(-((x - 2) ** 2)) + 2 * torch.exp(-((x - 8) ** 2)) + noise(80, 0.02)
    posed = problem("a*exp(-(x - m)^2) + b*exp(-(x - n)^2)", {"x": x}, y)
    asked = []

    def anew(end: Tensor) -> Generator[None, None, Tensor]:
        asked.append(end)
        yield
        return torch.tensor([[1.0, 2.0, 1.0, 8.0]], dtype=torch.float64)

    both_at_one = torch.tensor([[1.0, 7.0, 1.0, 8.0]], dtype=torch.float64)
    found_from = answer(search_start(posed, posed.parameters.free, 0, Guessed(both_at_one, anew)))
    assert found_from.is_sure
    assert found_from.candidates == 0
    assert found_from.start[[1, 3]].tolist() == pytest.approx([2, 8], abs=0.05)
    assert len(asked) == 2


def test_the_distinct_minima_are_told_best_first() -> None:
    x = line(0, 10, 80)
    peaks = 3 * torch.exp(-((x - 2) ** 2)) + 2 * torch.exp(-((x - 8) ** 2)) + noise(80, 0.02)
    posed = problem("a*exp(-(x - m)^2)", {"x": x}, peaks)
    found_minima = answer(search_start(posed, posed.parameters.free, 0)).minima
    assert found_minima.losses.equal(found_minima.losses.sort().values)
    assert found_minima.parameters[:2, 1].tolist() == pytest.approx([2, 8], abs=0.1)
    assert posed.loss(found_minima.parameters[1]).item() == pytest.approx(found_minima.losses[1].item(), rel=1e-9)


def test_the_minima_of_a_large_sample_have_the_losses_of_all_points() -> None:
    x = line(0, 10, 2000)
    posed = problem("a*exp(-b*x)", {"x": x}, 3 * torch.exp(-x) + noise(2000, 0.1))
    found_minima = answer(search_start(posed, posed.parameters.free, 0)).minima
    assert posed.loss(found_minima.parameters[0]).item() == pytest.approx(found_minima.losses[0].item(), rel=1e-12)


def test_a_period_on_even_points_is_no_alias() -> None:
    x = line(0, 59, 60)
    y = 2 * torch.sin(2 * math.pi * x / 7.3 + 0.5) + 5 + noise(60, 0.2)
    posed = problem("A*sin(2*pi*x/T + p) + c", {"x": x}, y)
    assert abs(start_of(posed, posed.parameters.free, 0)[1].item()) == pytest.approx(7.3, abs=0.05)


def test_an_exponential_of_years_is_found() -> None:
    x = line(2011, 2015, 5)
    y = torch.tensor([255.0, 349, 449, 554, 658], dtype=torch.float64)
    loss, (_, rate) = found(problem("a*exp(b*x)", {"x": x}, y))
    assert rate == pytest.approx(0.221181, abs=1e-5)
    assert loss == pytest.approx(1238.33, rel=1e-5)


def test_where_nothing_is_unknown_nothing_is_searched(decay: Problem) -> None:
    assert start_of(decay, [], 0).equal(decay.start)


def test_a_start_that_is_known_chooses_between_equal_minima() -> None:
    x = line(0, 10, 80)
    y = 5 * torch.exp(-3 * x) + 2 * torch.exp(-0.3 * x) + noise(80, 0.02)
    posed = problem("a*exp(-b*x) + c*exp(-d*x)", {"x": x}, y)
    for b, d in ((2.5, 0.3), (0.35, 3.0)):
        start_of_b = torch.tensor([1, b, 1, 1], dtype=torch.float64)
        vector = start_of(replace(posed, start=start_of_b), ["a", "c", "d"], 0)
        assert vector[3].item() == pytest.approx(d, rel=0.05)


def test_bounds_hold() -> None:
    x = line(0, 5, 30)
    posed = problem(
        "a*exp(-b*x) + c", {"x": x}, 3 * torch.exp(-x) + 1, lower={"b": 2.0, "c": 1.5}, upper={"b": 4.0, "a": 2.0}
    )
    a, b, c = start_of(posed, posed.parameters.free, 0).tolist()
    assert a <= 2 <= b <= 4
    assert c >= 1.5


def test_fixed_and_tied_parameters_stay_what_they_are() -> None:
    x = line(0, 8000, 60)
    formula = parse("a*exp(-b*x) + c*exp(-d*x) + o", ["x"])
    parameters = Parameters(formula.parameters, fixed={"o": 7.0}, tied={"d": parse_tie("3*b", ["b"])})
    y = 4 * torch.exp(-x / 3000) - 2 * torch.exp(-x / 1000) + 7
    posed = Problem(formula, Data({"x": x}, y), parameters, torch.ones(3, dtype=torch.float64))
    assert start_of(posed, parameters.free, 0).tolist() == pytest.approx([4, 1 / 3000, -2], rel=1e-4)


def test_outliers_do_not_lead_a_robust_search_astray() -> None:
    x = line(0, 5, 60)
    y = 3 * torch.exp(-1.3 * x) + 1 + noise(60, 0.02)
    y[3:50:7] += 30.0
    posed = problem("a*exp(-b*x) + c", {"x": x}, y)
    _, parameters = found(replace(posed, loss_function=make_loss("huber", 0.05)))
    assert parameters == pytest.approx([3, 1.3, 1], rel=0.1)


@pytest.mark.parametrize("model", ["exp(-b*x)", "1/(1 + exp(-b*x))"])
def test_a_model_without_a_linear_parameter_is_searched_too(model: str) -> None:
    y = parse(model, ["x"])({"x": X, "b": torch.tensor(2e-3, dtype=torch.float64)})
    assert found(problem(model, {"x": X}, y))[1] == pytest.approx([2e-3], rel=1e-6)


def test_float32_is_searched_too() -> None:
    y = 3e6 * (1 - torch.exp(-X / 1500)) + noise(60, 3e4)
    posed = problem("b1*(1 - exp(-b2*x))", {"x": X.float()}, y.float())
    posed = replace(posed, start=posed.start.float())
    vector = start_of(posed, posed.parameters.free, 0)
    assert vector.dtype == torch.float32
    assert vector.tolist() == pytest.approx([3e6, 1 / 1500], rel=0.05)


def test_where_nothing_is_finite_the_start_stays() -> None:
    posed = problem("a + sqrt(-1 - b^2)*x", {"x": line(0, 1, 5)}, line(0, 1, 5))
    assert start_of(posed, posed.parameters.free, 0).equal(posed.start)


def test_a_large_sample_is_thinned() -> None:
    x = line(0, 8000, 200_000)
    _, parameters = found(problem("b1*(1 - exp(-b2*x))", {"x": x}, 3e6 * (1 - torch.exp(-x / 1500))))
    assert parameters == pytest.approx([3e6, 1 / 1500], rel=1e-6)

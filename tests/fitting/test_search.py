"""Start values that nobody gave are found."""

import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from app.fitting.formula import parse
from app.fitting.losses import make_loss
from app.fitting.optimizers import make_optimizer
from app.fitting.parameters import Parameters
from app.fitting.problem import Data, Problem, parse_response
from app.fitting.search import search_start
from app.fitting.training import start, train

NIST = sorted((Path(__file__).parents[1] / "nist" / "data").glob("*.json"))


def problem(model: str, variables: dict[str, Tensor], y: Tensor, **bounds: dict[str, float]) -> Problem:
    formula = parse(model, variables)
    parameters = Parameters(formula.parameters, **bounds)
    return Problem(formula, Data(variables, y), parameters, torch.ones(len(parameters.free), dtype=torch.float64))


def answer(search: Generator[None, None, Tensor]) -> Tensor:
    while True:
        try:
            next(search)
        except StopIteration as end:
            return end.value


def found(posed: Problem, seed: int = 0) -> tuple[float, list[float]]:
    """Loss and parameters of a fit from the start that was searched for."""
    posed = replace(posed, start=answer(search_start(posed, posed.parameters.free, seed)))
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(posed, optimizer, start(posed, optimizer, posed.start), 3000, 3600)
    return last.checkpoint.loss, last.checkpoint.parameters.tolist()


def noise(points: int, size: float) -> Tensor:
    return size * torch.randn(points, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def line(low: float, high: float, points: int) -> Tensor:
    return torch.linspace(low, high, points, dtype=torch.float64)


@pytest.mark.parametrize("path", NIST, ids=lambda path: path.stem)
def test_the_certified_minimum_is_found_without_any_start(path: Path) -> None:
    data = json.loads(path.read_text())
    x = torch.tensor(data["x"], dtype=torch.float64)
    variables = {"x": x} if x.ndim == 1 else {f"x{i}": column for i, column in enumerate(x.T, 1)}
    y = torch.tensor(data["y"], dtype=torch.float64)
    if data.get("response"):
        y = parse_response(data["response"])({"y": y})
    loss, _ = found(problem(data["expr"], variables, y))
    assert loss == pytest.approx(float(data["hp_rss"]), rel=1e-6)


X = line(0, 8000, 60)


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
    ],
    ids=["saturation in millions", "far peak", "oscillation", "tiny x"],
)
def test_scales_far_from_one_are_found(model: str, x: Tensor, y: Tensor, truth: list[float]) -> None:
    posed = problem(model, {"x": x}, y)
    loss, _ = found(posed)
    assert loss <= posed.loss(torch.tensor(truth, dtype=torch.float64)).item()


def test_a_seed_leads_to_the_same_start_again() -> None:
    posed = problem("a*exp(-b*x) + c*exp(-d*x)", {"x": line(0, 5, 30)}, torch.exp(-line(0, 5, 30)) + noise(30, 0.05))
    first, again, other = (answer(search_start(posed, posed.parameters.free, seed)) for seed in (1, 1, 2))
    assert first.equal(again)
    assert not first.equal(other)


def test_what_is_known_keeps_its_start_and_bounds_hold() -> None:
    x = line(0, 5, 30)
    posed = problem("a*exp(-b*x) + c", {"x": x}, 3 * torch.exp(-x) + 1, lower={"b": 2.0}, upper={"b": 4.0})
    vector = answer(search_start(posed, ["a", "b"], 0))
    assert 2 <= vector[1] <= 4


def test_outliers_do_not_lead_a_robust_search_astray() -> None:
    x = line(0, 5, 60)
    y = 3 * torch.exp(-1.3 * x) + 1 + noise(60, 0.02)
    y[3:50:7] += 30.0
    posed = problem("a*exp(-b*x) + c", {"x": x}, y)
    _, parameters = found(replace(posed, loss_function=make_loss("huber", 0.05)))
    assert parameters == pytest.approx([3, 1.3, 1], rel=0.1)


def test_where_nothing_is_finite_the_start_stays() -> None:
    posed = problem("a + sqrt(-1 - b^2)*x", {"x": line(0, 1, 5)}, line(0, 1, 5))
    assert answer(search_start(posed, posed.parameters.free, 0)).equal(posed.start)


def test_a_large_sample_is_thinned() -> None:
    x = line(0, 8000, 200_000)
    _, parameters = found(problem("b1*(1 - exp(-b2*x))", {"x": x}, 3e6 * (1 - torch.exp(-x / 1500))))
    assert parameters == pytest.approx([3e6, 1 / 1500], rel=1e-6)

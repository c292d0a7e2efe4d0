"""Models of the library: every guess is finite, and leads Levenberg-Marquardt to the curve that the data come from."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.library import MODELS, LibraryError, resolve_model
from app.fitting.library.origins import DISTANCE
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.training import start, train
from tests.helpers.library_truths import TRUTHS, X


def test_every_model_is_tried_here() -> None:
    assert set(TRUTHS) == set(MODELS)


def data_of(name: str, seed: int, noise: float = 0.02) -> tuple[Mapping[str, Tensor], Tensor, float]:
    """Variables, noisy y, and the sum of squares of the truth."""
    options, variables, truth = TRUTHS[name]
    model = resolve_model(name, options, tuple(variables))
    values = {key: torch.tensor(value, dtype=torch.float64) for key, value in truth.items()}
    exact = parse(model.formula, tuple(variables))({**variables, **values})
    generator = torch.Generator().manual_seed(seed)
    error = noise * (exact.amax() - exact.amin()) * torch.randn(len(exact), generator=generator, dtype=torch.float64)
    return variables, exact + error, error.square().sum().item()


class Fitted(NamedTuple):
    """By Levenberg-Marquardt from the guess, within the natural bounds."""

    loss: float
    reason: str
    steps: int
    coefficients: dict[str, float]


def fitted(name: str, options: Mapping[str, int], variables: Mapping[str, Tensor], y: Tensor) -> Fitted:
    model = resolve_model(name, options, tuple(variables))
    formula = parse(model.formula, tuple(variables))
    lower = {parameter: low for parameter, (low, _) in model.bounds.items() if low is not None}
    upper = {parameter: high for parameter, (_, high) in model.bounds.items() if high is not None}
    parameters = Parameters(formula.parameters, lower=lower, upper=upper)
    guess = model.guess(variables, y)
    vector = torch.stack([guess[parameter] for parameter in formula.parameters])
    problem = Problem(formula, Data(dict(variables), y), parameters, vector)
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(problem, optimizer, start(problem, optimizer, problem.project(vector)), 500, 3600)
    assert last.stop is not None
    end = last.checkpoint
    return Fitted(end.loss, last.stop.reason, end.step, problem.coefficients(end.parameters))


@pytest.mark.parametrize("name", list(TRUTHS))
def test_from_its_guess_the_truth_is_found(name: str) -> None:
    for seed in range(3):
        variables, y, squares = data_of(name, seed)
        assert fitted(name, TRUTHS[name][0], variables, y).loss <= squares * (1 + 1e-9), seed


@pytest.mark.parametrize("name", list(TRUTHS))
def test_curves_are_guessed_together_as_alone(name: str) -> None:
    options, variables, _ = TRUTHS[name]
    model = resolve_model(name, options, tuple(variables))
    curves = [data_of(name, seed)[1] for seed in (1, 2)]
    together = model.guess({key: value[:, None] for key, value in variables.items()}, torch.stack(curves, dim=1))
    for number, y in enumerate(curves):
        for parameter, value in model.guess(variables, y).items():
            assert together[parameter][number].item() == pytest.approx(value.item(), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", list(TRUTHS))
@settings(max_examples=5)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e9, 1e9)), min_size=1, max_size=12))
def test_a_guess_is_always_finite(name: str, points: list[tuple[float, float]]) -> None:
    options, variables, _ = TRUTHS[name]
    x, y = (torch.tensor(column, dtype=torch.float64) for column in zip(*points, strict=True))
    model = resolve_model(name, options, tuple(variables))
    assert all(math.isfinite(value) for value in model.guess(dict.fromkeys(variables, x), y).values())


@pytest.mark.parametrize("name", list(TRUTHS))
def test_formula_and_latex_name_the_parameters(name: str) -> None:
    options, variables, truth = TRUTHS[name]
    model = resolve_model(name, options, tuple(variables))
    assert set(parse(model.formula, tuple(variables)).parameters) == set(model.parameters) == set(truth)
    for parameter in truth:
        assert parameter.replace("_", r"\_") in model.latex


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("slope", [0.4, 1.0, 4.0])
@pytest.mark.parametrize("name", ["logistic_3", "logistic_4", "logistic_5", "hill", "weibull", "power_law"])
def test_derivatives_exist_at_dose_0(name: str, slope: float, dtype: torch.dtype) -> None:
    options, _, truth = TRUTHS[name]
    slopes = dict.fromkeys(("hill", "asymmetry", "shape", "exponent"), slope)
    formula = parse(resolve_model(name, options, ("x",)).formula)
    values = {
        key: torch.tensor(slopes.get(key, value), dtype=dtype, requires_grad=True) for key, value in truth.items()
    }
    value = formula({"x": torch.zeros((), dtype=dtype), **values})
    assert value.isfinite()
    assert all(gradient.isfinite() for gradient in torch.autograd.grad(value, list(values.values())))


@pytest.mark.parametrize("hill", [0.7, 1.5, 2.5])
@pytest.mark.parametrize("asymmetry", [0.5, 1.0, 2.0])
def test_an_asymmetric_response_is_fitted_at_dose_0_too(hill: float, asymmetry: float) -> None:
    doses = torch.cat([torch.zeros(1, dtype=torch.float64), torch.logspace(-2, 2, 9, dtype=torch.float64)])
    y = 5 + 95 / (1 + (2 / doses) ** hill) ** asymmetry + noise(10, 1.0)
    assert fitted("logistic_5", {}, {"x": doses}, y).reason == "converged"


@pytest.mark.parametrize("name", ["gaussian", "lorentzian"])
def test_several_peaks_are_told_apart(name: str) -> None:
    model = resolve_model(name, {"peaks": 3}, ("x",))
    width = "width" if name == "gaussian" else "half_width"
    truth = {"offset": 1.0}
    for k, (height, center) in enumerate([(5.0, 2.0), (8.0, 5.0), (3.0, 8.0)], 1):
        truth |= {f"amplitude{k}": height, f"center{k}": center, f"{width}{k}": 0.5}
    formula = parse(model.formula)
    values = {key: torch.tensor(value, dtype=torch.float64) for key, value in truth.items()}
    guess = model.guess({"x": X}, formula({"x": X, **values}))
    for k, center in enumerate([2.0, 5.0, 8.0], 1):
        assert guess[f"center{k}"].item() == pytest.approx(center, abs=0.3)


def noise(points: int, size: float) -> Tensor:
    return size * torch.randn(points, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


YEARS = torch.linspace(1950, 1960, 30, dtype=torch.float64)
AGE = YEARS - 1950


@pytest.mark.parametrize(
    ("name", "y"),
    [
        ("exponential_growth", 2 * torch.exp(0.1 * AGE)),
        ("exponential_decay", 5 * torch.exp(-0.15 * AGE) + 1),
        ("damped_oscillation", 3 * torch.exp(-0.1 * AGE) * torch.sin(2 * AGE) + 1),
    ],
)
def test_far_from_0_a_guess_is_near_the_minimum(name: str, y: Tensor) -> None:
    """A rate that is wrong by 1 % there has an amplitude at 0 that is wrong by a factor of 7."""
    found = fitted(name, {}, {"x": YEARS}, y + noise(30, 0.02))
    assert found.reason == "converged"
    assert found.steps <= 40
    assert found.loss <= noise(30, 0.02).square().sum().item()


def test_near_0_isolated_outliers_do_not_lead_a_rate_astray() -> None:
    y = 5 * torch.exp(-0.5 * X) + 1
    y[5::12] += 40
    assert resolve_model("exponential_decay", {}, ("x",)).guess({"x": X}, y)["rate"].item() == pytest.approx(
        0.5, rel=0.3
    )


@pytest.mark.parametrize("name", [name for name, entry in MODELS.items() if entry.options.get("origin") is DISTANCE])
def test_an_origin_near_the_data_shifts_the_model(name: str) -> None:
    _, variables, truth = TRUTHS[name]
    _, y, squares = data_of(name, 0)
    found = fitted(name, {"origin": 1950}, {"x": variables["x"] + 1950}, y)
    assert found.loss <= squares * (1 + 1e-9)
    assert {key: abs(value) for key, value in found.coefficients.items()} == pytest.approx(
        {key: abs(value) for key, value in truth.items()}, rel=0.2
    )


def test_the_origin_of_a_power_law_is_where_its_amplitude_is_told() -> None:
    found = fitted("power_law", {"origin": 4}, {"x": X}, 2 * X**1.7)
    assert found.coefficients == pytest.approx({"amplitude": 2 * 4**1.7, "exponent": 1.7})


@pytest.mark.parametrize(("name", "rate"), [("exponential_decay", 0.3), ("exponential_growth", -0.3)])
def test_growth_and_decay_are_told_apart_whatever_they_are_called(name: str, rate: float) -> None:
    found = fitted(name, {}, {"x": X}, 5 * torch.exp(rate * X) + 3 + noise(60, 0.05))
    assert found.coefficients["rate"] == pytest.approx(-0.3, rel=0.1)
    assert found.steps <= 15


GAUSSIAN = torch.exp(-(((X - 5) / 0.6) ** 2) / 2)


def test_the_half_width_of_a_voigt_peak_ends_at_0_where_data_are_narrower_than_a_gaussian() -> None:
    found = fitted("voigt", {}, {"x": X}, 5 * GAUSSIAN - GAUSSIAN.sqrt() + 1)
    assert found.reason == "converged"
    assert found.coefficients["half_width"] == 0


def test_the_share_of_the_lorentzian_stays_a_share() -> None:
    narrow = fitted("pseudo_voigt", {}, {"x": X}, 5 * GAUSSIAN - GAUSSIAN.sqrt() + 1)
    lorentzian = 1 / (1 + (X - 5) ** 2)
    wide = fitted("pseudo_voigt", {}, {"x": X}, 8 * lorentzian - 2 * torch.exp(-((X - 5) ** 2)) + 1)
    assert [narrow.coefficients["fraction"], wide.coefficients["fraction"]] == [0, 1]


def test_every_peak_has_its_bounds() -> None:
    assert resolve_model("pseudo_voigt", {"peaks": 2}, ("x",)).bounds == {"fraction1": (0, 1), "fraction2": (0, 1)}


def test_a_variable_is_no_parameter() -> None:
    with pytest.raises(LibraryError, match="width is a parameter of gaussian: choose another name for the variable"):
        resolve_model("gaussian", {}, ("width",))

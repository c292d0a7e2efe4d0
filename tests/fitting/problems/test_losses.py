"""Losses: their working weights have the gradient of the loss, and robust ones lose little where nothing is wrong."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.problems.losses import LOSSES, Loss, make_loss, needs_threshold, robust_loss, robust_standard_deviation

ROBUST = [name for name in LOSSES if needs_threshold(name)]
sizes = st.floats(-50, 50).filter(lambda size: abs(size) > 1e-6)


def loss_named(name: str) -> Loss:
    return make_loss(name, 1.7)


def tensor(number: float) -> torch.Tensor:
    return torch.tensor([number], dtype=torch.float64)


@pytest.mark.parametrize("name", ["squares", *ROBUST])
@given(residual=sizes, factor=st.floats(0.1, 10))
def test_the_working_weight_has_the_gradient_of_the_loss(name: str, residual: float, factor: float) -> None:
    loss, y, scale = loss_named(name), tensor(3.0), tensor(factor)
    model = (y + residual).requires_grad_()
    (gradient,) = torch.autograd.grad(loss.terms(model, y, scale).sum(), model)
    weight = loss.weights(model.detach(), y, scale)
    working = 2 * residual * factor**2 * (1.0 if weight is None else weight.item())
    assert gradient.item() == pytest.approx(working, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ROBUST)
@given(residual=sizes)
def test_the_curvature_is_half_the_second_derivative(name: str, residual: float) -> None:
    if abs(abs(residual) - 1.7) < 1e-3:
        return
    loss, y = loss_named(name), tensor(0.0)
    model = tensor(residual).requires_grad_()
    (gradient,) = torch.autograd.grad(loss.terms(model, y, None).sum(), model, create_graph=True)
    (second,) = torch.autograd.grad(gradient, model)
    curvature = loss.curvatures(model.detach(), y, None)
    assert curvature is not None
    assert second.item() / 2 == pytest.approx(curvature.item(), rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("name", ROBUST)
def test_a_small_residual_counts_as_its_square(name: str) -> None:
    term = loss_named(name).terms(tensor(1e-3), tensor(0.0), None)
    assert term.item() == pytest.approx(1e-6, rel=1e-5)


@pytest.mark.parametrize("name", ROBUST)
def test_a_residual_of_zero_has_a_finite_gradient(name: str) -> None:
    model = tensor(2.0).requires_grad_()
    (gradient,) = torch.autograd.grad(loss_named(name).terms(model, tensor(2.0), None).sum(), model)
    assert gradient.item() == 0


@pytest.mark.parametrize("name", ROBUST)
def test_the_tuning_is_95_percent_efficient_on_normal_errors(name: str) -> None:
    z = torch.linspace(-12, 12, 200_001, dtype=torch.float64)
    density = torch.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    loss = make_loss(name, robust_loss(name).tuning)
    zero = torch.zeros_like(z)
    influence = z * loss.weights(z, zero, None)
    slope = (loss.curvatures(z, zero, None) * density).sum()
    efficiency = (slope**2 / (influence**2 * density).sum()).item()
    assert efficiency == pytest.approx(0.95, abs=3e-4)


@given(st.floats(0.5, 20), st.integers(0, 30))
def test_the_poisson_deviance_has_the_gradient_of_its_working_squares(mean: float, count: int) -> None:
    loss, y = make_loss("poisson"), tensor(float(count))
    model = tensor(mean).requires_grad_()
    (gradient,) = torch.autograd.grad(loss.terms(model, y, None).sum(), model)
    weight = loss.weights(model.detach(), y, None)
    assert weight is not None
    assert gradient.item() == pytest.approx(2 * (mean - count) * weight.item(), rel=1e-9, abs=1e-12)


def test_the_poisson_deviance_of_a_perfect_model_is_zero_and_of_a_negative_one_not_a_number() -> None:
    loss = make_loss("poisson")
    assert loss.terms(tensor(4.0), tensor(4.0), None).item() == 0
    assert loss.terms(tensor(-1.0), tensor(4.0), None).isnan().all()


def test_a_robust_loss_needs_a_threshold() -> None:
    with pytest.raises(ValueError, match="needs a threshold"):
        make_loss("huber")


def test_outliers_hardly_change_the_robust_standard_deviation() -> None:
    z = torch.randn(10_000, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    z[:500] = 1e6
    assert robust_standard_deviation(z).item() == pytest.approx(1.06, abs=0.05)


@pytest.mark.parametrize("name", ROBUST)
def test_a_loss_says_whether_a_point_pulls_less_the_farther_it_is(name: str) -> None:
    loss, y = make_loss(name, 1.0), tensor(0.0)
    near, far = (size * loss.weights(tensor(size), y, None) for size in (20.0, 1000.0))
    assert LOSSES[name].redescending == bool(far < 0.9 * near) or bool(far == near == 0), (
        "say `redescending` in its class: it decides whether a start in the right valley is looked for"
    )

"""One way from a stored fit to its first step: a curve is fitted alone as it is among others."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from sqlalchemy import Engine
from torch import Tensor

from app.fitting.problems.losses import LOSSES
from app.jobs.store.fits import Store
from tests.helpers.trained_fits import trained

CURVES = 4
X = [0.1 * k for k in range(1, 41)]


def counts_of_decays() -> list[list[float]]:
    """Return decays from 200 to 40 with noise, and with an outlier in each."""
    noise = 4 * torch.randn(CURVES, len(X), generator=torch.Generator().manual_seed(5))
    curves = []
    for curve in range(CURVES):
        decay = (40 + 160 * math.exp(-(0.6 + 0.2 * curve) * x) for x in X)
        y = [float(round(value + error)) for value, error in zip(decay, noise[curve].tolist(), strict=True)]
        y[10 + curve] += 150
        curves.append(y)
    return curves


def body(loss: str, y: list[Any], **parameters: Any) -> dict[str, Any]:
    given = {"low": 20, "height": 100, "rate": 0.5} | parameters
    return {"target": {"x": X, "y": y}, "model": "low + height*exp(-rate*x)", "parameters": given, "loss": loss}


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("start", [0.5, {"start": 0.5, "upper": 2}], ids=["free", "bounded"])
def test_a_curve_has_the_same_coefficients_alone_and_among_others(engine: Engine, loss: str, start: Any) -> None:
    curves = counts_of_decays()
    together = trained(engine, body(loss, curves, rate=start))
    for number, y in enumerate(curves):
        alone = trained(engine, body(loss, y, rate=start))
        assert alone.result is not None
        row = Store(engine).curves.one(together, number)
        assert row["status"] == "succeeded"
        assert row["coefficients"] == pytest.approx(alone.result.coefficients, rel=1e-9)


def test_guesses_of_a_library_model_are_the_same_alone_and_among_others(engine: Engine) -> None:
    curves = counts_of_decays()
    target = {"x": X, "y": curves}
    together = trained(engine, {"target": target, "model": "exponential_decay"})
    for number, y in enumerate(curves):
        alone = trained(engine, {"target": target | {"y": y}, "model": "exponential_decay"})
        assert alone.result is not None
        assert Store(engine).curves.one(together, number)["coefficients"] == pytest.approx(
            alone.result.coefficients, rel=1e-9
        )


PLACES = torch.linspace(0, 10, 120, dtype=torch.float64)


def peak(height: float, center: float, width: float) -> Tensor:
    return height * torch.exp(-(((PLACES - center) / width) ** 2) / 2)


SUMS: Mapping[str, tuple[str, Tensor]] = {
    "a peak on a line": ("gaussian + linear", peak(-3, 7, 0.4) + 2 - 0.5 * PLACES),
    "a peak on a decay": (
        "lorentzian + exponential_decay",
        2 / (1 + ((PLACES - 6) / 0.3) ** 2) + 9 * torch.exp(-PLACES),
    ),
    "a wave on a line": ("sinusoid + linear", torch.sin(7 * PLACES + 1) + 3 * PLACES),
    "two decays": ("exponential_decay + exponential_decay", 5 * torch.exp(-2 * PLACES) + 4 * torch.exp(-PLACES / 4)),
    "a peak within a step": ("logistic_growth + gaussian", 4 * torch.sigmoid(2 * (PLACES - 5)) + peak(2, 5.5, 0.5)),
    "three peaks": ("gaussian + gaussian + gaussian", peak(4, 2, 0.3) + peak(-1, 3.3, 0.2) + peak(2, 8, 0.5)),
    "three parts": (
        "gaussian + exponential_decay + linear",
        peak(0.6, 6, 0.3) + 5 * torch.exp(-1.5 * PLACES) + 0.4 * PLACES,
    ),
}


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_ends_at_the_curve_that_the_data_come_from(engine: Engine, name: str) -> None:
    model, y = SUMS[name]
    noise = 0.03 * torch.randn(len(PLACES), generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    fit = trained(engine, {"target": {"x": PLACES.tolist(), "y": (y + noise).tolist()}, "model": model})
    assert fit.status == "succeeded"
    assert fit.result is not None
    assert fit.result.final_loss <= noise.square().sum().item()


def test_of_a_sum_what_a_person_gave_stays(engine: Engine) -> None:
    y = peak(2, 3, 0.4) + peak(5, 7, 0.4)
    given = {"gaussian1_center": {"start": 7, "fixed": True}, "gaussian2_center": {"start": 4, "upper": 6}}
    body = {"target": {"x": PLACES.tolist(), "y": y.tolist()}, "model": "gaussian + gaussian", "parameters": given}
    fit = trained(engine, body)
    assert fit.result is not None
    assert fit.result.coefficients["gaussian1_center"] == 7
    assert fit.result.coefficients["gaussian2_center"] == pytest.approx(3)
    assert fit.result.coefficients["gaussian1_amplitude"] == pytest.approx(5)


def test_sums_of_many_curves_begin_at_their_own_peaks(engine: Engine) -> None:
    centers = torch.linspace(2, 8, 25, dtype=torch.float64)
    y = [(peak(3, center, 0.3) + PLACES / 2).tolist() for center in centers.tolist()]
    fit = trained(engine, {"target": {"x": PLACES.tolist(), "y": y}, "model": "gaussian + linear"})
    found = [Store(engine).curves.one(fit, number)["coefficients"]["center"] for number in range(25)]
    assert found == pytest.approx(centers.tolist())

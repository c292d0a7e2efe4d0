"""One way from a stored fit to its first step: a curve is fitted alone as it is among others."""

import math
from typing import Any

import pytest
import torch
from sqlalchemy import Engine

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
        row = Store(engine).curve(together, number)
        assert row["status"] == "succeeded"
        assert row["coefficients"] == pytest.approx(alone.result.coefficients, rel=1e-9)


def test_guesses_of_a_library_model_are_the_same_alone_and_among_others(engine: Engine) -> None:
    curves = counts_of_decays()
    target = {"x": X, "y": curves}
    together = trained(engine, {"target": target, "model": {"name": "exponential_decay"}})
    for number, y in enumerate(curves):
        alone = trained(engine, {"target": target | {"y": y}, "model": {"name": "exponential_decay"}})
        assert alone.result is not None
        assert Store(engine).curve(together, number)["coefficients"] == pytest.approx(
            alone.result.coefficients, rel=1e-9
        )

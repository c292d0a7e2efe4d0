"""A global fit is the joint fit of all curves."""

from dataclasses import replace

import pytest
import torch

from app.fitting.curves import CurveProblem, fit_shared
from app.fitting.formula import parse
from app.fitting.optimizers import make_optimizer
from app.fitting.parameters import Parameters
from app.fitting.problem import Data, Problem
from app.fitting.statistics import statistics
from app.fitting.training import start, train
from tests.fitting.curves.test_curves import answer

X = torch.linspace(0, 5, 15, dtype=torch.float64)


def decays(curves: int, **parameters: dict[str, float]) -> CurveProblem:
    """Decays of one rate and offset, each of its own amplitude."""
    formula = parse("amplitude*exp(-rate*x) + offset")
    heights = 1 + torch.arange(curves, dtype=torch.float64)
    noise = torch.randn(15, curves, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    y = heights * torch.exp(-0.8 * X[:, None]) + 0.5 + 0.05 * noise
    given = Parameters(formula.parameters, **parameters)
    begin = torch.ones(len(given.free), curves, dtype=torch.float64)
    return CurveProblem(formula, {"x": X[:, None]}, y, None, torch.full((curves,), 15), given, begin)


def test_coefficients_and_errors_are_those_of_the_joint_fit() -> None:
    curves = 4
    problem = decays(curves)
    results = answer(fit_shared(problem, ["rate", "offset"], 500, 3600))
    chosen = " + ".join(f"amplitude{k}*i{k}" for k in range(curves))
    formula = parse(f"({chosen})*exp(-rate*x) + offset", ["x", *(f"i{k}" for k in range(curves))])
    variables = {f"i{k}": torch.eye(curves, dtype=torch.float64)[k].repeat_interleave(15) for k in range(curves)}
    data = Data({"x": X.repeat(curves), **variables}, problem.y.T.flatten())
    joint = Problem(formula, data, Parameters(formula.parameters), torch.ones(curves + 2, dtype=torch.float64))
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(joint, optimizer, start(joint, optimizer, joint.start), 500, 3600)
    coefficients = joint.coefficients(last.checkpoint.parameters)
    stderr = statistics(joint, last.checkpoint.parameters).stderr
    assert set(results.reasons) == {"converged"}
    for name in ("rate", "offset"):
        assert results.coefficients[name].tolist() == pytest.approx([coefficients[name]] * curves, rel=1e-9)
        assert results.stderr[name].tolist() == pytest.approx([stderr[name]] * curves, rel=1e-8)
    for k in range(curves):
        assert results.coefficients["amplitude"][k].item() == pytest.approx(coefficients[f"amplitude{k}"], rel=1e-9)
        assert results.stderr["amplitude"][k].item() == pytest.approx(stderr[f"amplitude{k}"], rel=1e-8)


def test_bounds_of_shared_and_own_parameters_hold() -> None:
    results = answer(fit_shared(decays(3, upper={"rate": 0.7, "amplitude": 2.5}), ["rate"], 500, 3600))
    assert results.coefficients["rate"].tolist() == [0.7] * 3
    assert results.coefficients["amplitude"][2].item() == 2.5
    assert results.coefficients["amplitude"][0].item() == pytest.approx(1, abs=0.1)


def test_a_curve_too_short_for_its_own_rate_borrows_it() -> None:
    problem = decays(3)
    factor = torch.ones_like(problem.y)
    factor[2:, 0] = 0.0
    results = answer(fit_shared(replace(problem, factor=factor), ["rate", "offset"], 500, 3600))
    assert results.coefficients["amplitude"][0].item() == pytest.approx(1, abs=0.2)


def test_a_start_without_a_loss_is_told() -> None:
    problem = decays(2)
    results = answer(fit_shared(replace(problem, start=problem.start - 1e6), ["rate"], 500, 3600))
    assert results.reasons == ["nonfinite"] * 2


def test_data_that_do_not_determine_the_parameters_are_told() -> None:
    formula = parse("a + b + c*x")
    problem = replace(decays(2), formula=formula, parameters=Parameters(formula.parameters))
    assert answer(fit_shared(problem, ["a"], 500, 3600)).reasons == ["singular"] * 2

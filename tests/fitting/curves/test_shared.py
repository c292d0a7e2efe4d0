"""A global fit is the joint fit of all curves."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, fit_shared
from app.fitting.curves.joint_statistics import covariance_in_curve
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.statistics import Statistics, statistics
from app.fitting.training import start, train
from tests.fitting.curves.test_curves import SOLVER, answer, rests_and_answer

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


def as_one_problem(curves: int, loss: str) -> tuple[CurveProblem, Problem, Tensor]:
    """Decays that share rate and offset; the same as one problem with an amplitude for each; and its minimum."""
    problem = decays(curves)
    if loss == "poisson":
        problem = replace(problem, y=(10 * problem.y).round())
    function = make_loss(loss, 0.05)
    chosen = " + ".join(f"amplitude{k}*i{k}" for k in range(curves))
    formula = parse(f"({chosen})*exp(-rate*x) + offset", ["x", *(f"i{k}" for k in range(curves))])
    variables = {f"i{k}": torch.eye(curves, dtype=torch.float64)[k].repeat_interleave(15) for k in range(curves)}
    data = Data({"x": X.repeat(curves), **variables}, problem.y.T.flatten())
    begin = torch.ones(curves + 2, dtype=torch.float64)
    joint = Problem(formula, data, Parameters(formula.parameters), begin, function)
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(joint, optimizer, start(joint, optimizer, joint.start), 500, 3600)
    return replace(problem, loss_function=function), joint, last.checkpoint.parameters


@pytest.mark.parametrize("loss", ["squares", "huber", "poisson"])
def test_coefficients_and_errors_are_those_of_the_joint_fit(loss: str) -> None:
    curves = 4
    problem, joint, parameters = as_one_problem(curves, loss)
    results = answer(fit_shared(problem, ["rate", "offset"], SOLVER, 500, 3600))
    coefficients, stderr = joint.coefficients(parameters), statistics(joint, parameters).stderr
    assert set(results.reasons) == {"converged"}
    for name in ("rate", "offset"):
        assert results.coefficients[name].tolist() == pytest.approx([coefficients[name]] * curves, rel=1e-8)
        assert results.stderr[name].tolist() == pytest.approx([stderr[name]] * curves, rel=1e-8)
    for k in range(curves):
        assert results.coefficients["amplitude"][k].item() == pytest.approx(coefficients[f"amplitude{k}"], rel=1e-8)
        assert results.stderr["amplitude"][k].item() == pytest.approx(stderr[f"amplitude{k}"], rel=1e-8)


@pytest.mark.parametrize("loss", ["squares", "huber", "poisson"])
def test_statistics_of_all_curves_together_are_those_of_the_joint_fit(loss: str) -> None:
    problem, joint, parameters = as_one_problem(4, loss)
    found, expected = (
        answer(fit_shared(problem, ["rate", "offset"], SOLVER, 500, 3600)).statistics,
        statistics(joint, parameters),
    )
    assert found is not None
    assert (found.ndata, found.nvarys, found.nfree) == (expected.ndata, expected.nvarys, expected.nfree) == (60, 6, 54)
    fields = ("chisqr", "redchi", "rmse", "response_variance", "aic", "aicc", "bic")
    for field in fields:
        number = getattr(expected, field)
        assert getattr(found, field) == (None if number is None else pytest.approx(number, rel=1e-8)), field
    for name in ("rate", "offset"):
        assert found.stderr[name] == pytest.approx(expected.stderr[name], rel=1e-8)
        assert found.confidence_intervals[name] == pytest.approx(expected.confidence_intervals[name], rel=1e-8)
    assert found.covar == covariances(expected, found.var_names, 1e-8)


@pytest.mark.parametrize("loss", ["squares", "poisson"])
def test_one_curve_has_the_covariance_that_it_has_in_the_joint_fit(loss: str) -> None:
    problem, joint, parameters = as_one_problem(4, loss)
    results, expected = (
        answer(fit_shared(problem, ["rate", "offset"], SOLVER, 500, 3600)),
        statistics(joint, parameters),
    )
    assert results.statistics is not None
    assert results.statistics.covar is not None
    shared = torch.tensor(results.statistics.covar, dtype=torch.float64)
    variance = results.statistics.redchi if loss == "squares" else 1.0
    own = torch.stack([results.coefficients[name][2] for name in problem.parameters.free])
    found = covariance_in_curve(
        problem.alone(2), own, ["amplitude"], results.statistics.var_names, shared, variance or 0.0
    )
    assert found is not None
    names, covariance = found
    assert names == ["amplitude", *results.statistics.var_names]
    assert covariance.tolist() == covariances(expected, ["amplitude2", *names[1:]], 1e-8)


def covariances(found: Statistics, names: list[str], digits: float) -> list[list[float]]:
    """Approximately, of some parameters of a fit."""
    assert found.covar is not None
    indices = [found.var_names.index(name) for name in names]
    return [pytest.approx([found.covar[i][j] for j in indices], rel=digits) for i in indices]


def test_statistics_of_a_shared_parameter_at_its_bound_are_as_if_it_were_fixed() -> None:
    bounded = answer(fit_shared(decays(3, upper={"rate": 0.7}), ["rate", "offset"], SOLVER, 500, 3600)).statistics
    fixed = answer(fit_shared(decays(3, fixed={"rate": 0.7}), ["offset"], SOLVER, 500, 3600)).statistics
    assert bounded is not None
    assert fixed is not None
    assert (bounded.var_names, bounded.nfree) == (fixed.var_names, fixed.nfree)
    assert bounded.stderr["offset"] == pytest.approx(fixed.stderr["offset"])


def test_a_global_fit_of_data_that_are_the_model_itself_gets_a_warning() -> None:
    problem = decays(3)
    exact = replace(problem, y=torch.exp(-0.8 * X[:, None]) * torch.arange(1, 4) + 0.5)
    found = answer(fit_shared(exact, ["rate", "offset"], SOLVER, 500, 3600)).statistics
    assert found is not None
    assert "no more than rounding" in found.warnings[0]


def test_a_global_fit_that_is_not_determined_has_no_statistics() -> None:
    formula = parse("a + b + 0*x")
    problem = replace(decays(2), formula=formula, parameters=Parameters(formula.parameters))
    problem = replace(problem, start=torch.ones(2, 2, dtype=torch.float64))
    assert answer(fit_shared(problem, ["a"], SOLVER, 500, 3600)).statistics is None


def test_bounds_of_shared_and_own_parameters_hold() -> None:
    results = answer(fit_shared(decays(3, upper={"rate": 0.7, "amplitude": 2.5}), ["rate"], SOLVER, 500, 3600))
    assert results.coefficients["rate"].tolist() == [0.7] * 3
    assert results.coefficients["amplitude"][2].item() == 2.5
    assert results.coefficients["amplitude"][0].item() == pytest.approx(1, abs=0.1)
    assert results.stderr["rate"].isnan().all()
    assert results.stderr["amplitude"].isfinite().tolist() == [True, True, False]


def test_a_tied_parameter_has_the_error_that_the_others_give_it() -> None:
    formula = parse("amplitude*exp(-rate*x) + offset + ratio*0")
    problem = replace(decays(3), formula=formula)
    tied = {"ratio": parse_tie("2*amplitude", ["amplitude"])}
    problem = replace(problem, parameters=Parameters(formula.parameters, tied=tied))
    results = answer(fit_shared(problem, ["rate", "offset"], SOLVER, 500, 3600))
    torch.testing.assert_close(results.coefficients["ratio"], 2 * results.coefficients["amplitude"])
    torch.testing.assert_close(results.stderr["ratio"], 2 * results.stderr["amplitude"])


def test_all_parameters_may_be_shared() -> None:
    problem = decays(3)
    results = answer(fit_shared(problem, ["rate", "offset", "amplitude"], SOLVER, 500, 3600))
    data = Data({"x": X.repeat(3)}, problem.y.T.flatten())
    joint = Problem(problem.formula, data, problem.parameters, torch.ones(3, dtype=torch.float64))
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(joint, optimizer, start(joint, optimizer, joint.start), 500, 3600)
    for name, value in joint.coefficients(last.checkpoint.parameters).items():
        assert results.coefficients[name].tolist() == pytest.approx([value] * 3, rel=1e-8)
        error = statistics(joint, last.checkpoint.parameters).stderr[name]
        assert results.stderr[name].tolist() == pytest.approx([error] * 3, rel=1e-8)


def test_every_step_makes_the_joint_loss_smaller() -> None:
    results = answer(fit_shared(decays(5), ["rate"], SOLVER, 500, 3600))
    losses = results.summed_losses()[:-1].tolist()
    assert len(losses) > 2
    assert losses == sorted(losses, reverse=True)


def test_so_many_steps_and_no_more() -> None:
    results = answer(fit_shared(decays(3), ["rate"], SOLVER, 2, 3600))
    assert results.reasons == ["max_steps"] * 3
    assert results.steps.tolist() == [2] * 3


def test_it_rests_between_chunks_and_the_answer_is_the_same() -> None:
    whole = answer(fit_shared(decays(5), ["rate"], SOLVER, 500, 3600))
    work = fit_shared(decays(5), ["rate"], SOLVER, 500, 0.0)
    rests, pieces = rests_and_answer(work)
    assert pieces.losses.equal(whole.losses)
    assert rests > 3


def test_float32_works() -> None:
    problem = decays(4)
    variables = {"x": problem.variables["x"].float()}
    single = replace(problem, variables=variables, y=problem.y.float(), start=problem.start.float())
    results = answer(fit_shared(single, ["rate"], SOLVER, 500, 3600))
    double = answer(fit_shared(problem, ["rate"], SOLVER, 500, 3600))
    assert results.reasons == ["converged"] * 4
    torch.testing.assert_close(results.coefficients["rate"], double.coefficients["rate"], rtol=1e-4, atol=0)


def test_a_curve_too_short_for_its_own_rate_borrows_it() -> None:
    problem = decays(3)
    factor = torch.ones_like(problem.y)
    factor[2:, 0] = 0.0
    results = answer(fit_shared(replace(problem, factor=factor), ["rate", "offset"], SOLVER, 500, 3600))
    assert results.coefficients["amplitude"][0].item() == pytest.approx(1, abs=0.2)


def test_a_start_without_a_loss_is_told() -> None:
    problem = decays(2)
    results = answer(fit_shared(replace(problem, start=problem.start - 1e6), ["rate"], SOLVER, 500, 3600))
    assert results.reasons == ["nonfinite"] * 2


def test_data_that_do_not_determine_the_parameters_are_told() -> None:
    formula = parse("a + b + c*x")
    problem = replace(decays(2), formula=formula, parameters=Parameters(formula.parameters))
    assert answer(fit_shared(problem, ["a"], SOLVER, 500, 3600)).reasons == ["singular"] * 2

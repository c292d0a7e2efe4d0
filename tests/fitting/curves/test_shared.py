"""A global fit is the joint fit of all curves."""

from dataclasses import replace

import pytest
import torch

from app.fitting.curves import fit_shared
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.statistics import statistics
from app.fitting.training import start, train
from tests.helpers.curves import DECAY_X, SOLVER, as_one_problem, decays
from tests.helpers.work import answer, rests_and_answer


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
    data = Data({"x": DECAY_X.repeat(3)}, problem.y.T.flatten())
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

"""Statistics of a global fit are those of the joint fit of all curves."""

from dataclasses import replace

import pytest
import torch

from app.fitting.curves import fit_shared
from app.fitting.curves.joint_statistics import covariance_in_curve
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.statistics import Statistics, statistics
from tests.helpers.curves import DECAY_X, SOLVER, as_one_problem, decays
from tests.helpers.work import answer


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
    exact = replace(problem, y=torch.exp(-0.8 * DECAY_X[:, None]) * torch.arange(1, 4) + 0.5)
    found = answer(fit_shared(exact, ["rate", "offset"], SOLVER, 500, 3600)).statistics
    assert found is not None
    assert "no more than rounding" in found.warnings[0]


def test_a_global_fit_that_is_not_determined_has_no_statistics() -> None:
    formula = parse("a + b + 0*x")
    problem = replace(decays(2), formula=formula, parameters=Parameters(formula.parameters))
    problem = replace(problem, start=torch.ones(2, 2, dtype=torch.float64))
    assert answer(fit_shared(problem, ["a"], SOLVER, 500, 3600)).statistics is None

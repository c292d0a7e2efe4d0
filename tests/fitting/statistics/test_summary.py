"""Statistics where they are plain to see, and where they do not exist; the NIST sets judge the rest."""

import math
from dataclasses import asdict

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.losses import Loss, SumOfSquares, make_loss
from app.fitting.problems.problem import Problem
from app.fitting.statistics import Statistics, statistics


def at(
    model: str,
    x: list[float],
    y: list[float],
    parameters: list[float],
    sigma: float | None = None,
    loss: Loss | None = None,
    weights: list[float] | None = None,
    **settings: dict[str, float],
) -> Statistics:
    x_tensor, y_tensor, vector = (torch.tensor(values, dtype=torch.float64) for values in (x, y, parameters))
    formula = parse(model)
    factor = None if sigma is None else torch.full_like(y_tensor, 1 / sigma)
    factor = factor if weights is None else torch.tensor(weights, dtype=torch.float64).sqrt()
    data = Data({"x": x_tensor}, y_tensor, factor, sigma is not None)
    named = Parameters(formula.parameters, **settings)
    return statistics(Problem(formula, data, named, vector, loss or SumOfSquares()), vector)


@pytest.fixture
def mean() -> Statistics:
    """Of 1, 2, 3, 6, by their mean."""
    return at("m + 0 * x", [0, 0, 0, 0], [1, 2, 3, 6], [3])


def test_the_standard_error_of_a_mean(mean: Statistics) -> None:
    assert (mean.ndata, mean.nvarys, mean.nfree) == (4, 1, 3)
    assert mean.chisqr == pytest.approx(14)
    assert mean.redchi == pytest.approx(14 / 3)
    assert mean.rmse == pytest.approx(math.sqrt(14 / 4))
    assert mean.stderr == {"m": pytest.approx(math.sqrt(14 / 3 / 4))}
    assert mean.covar == [[pytest.approx(14 / 3 / 4)]]
    assert mean.rsquared == pytest.approx(0)


def test_information_criteria_are_those_of_lmfit(mean: Statistics) -> None:
    assert mean.aic == pytest.approx(4 * math.log(14 / 4) + 2)
    assert mean.aicc == pytest.approx(4 * math.log(14 / 4) + 2 + 4 / 2)
    assert mean.bic == pytest.approx(4 * math.log(14 / 4) + math.log(4))


def test_correlations_are_symmetric_with_ones_on_the_diagonal() -> None:
    found = at("a + b * x", [1, 2, 3, 4], [1.1, 1.9, 3.2, 3.9], [0.1, 0.97])
    assert found.correl is not None
    assert [found.correl[i][i] for i in range(2)] == pytest.approx([1, 1])
    # Of intercept and slope: - mean x / root of mean x^2.
    assert found.correl[0][1] == found.correl[1][0] == pytest.approx(-2.5 / math.sqrt(7.5))


def test_as_many_parameters_as_points_have_no_standard_errors() -> None:
    found = at("a + b * x", [1, 2], [1, 2], [0, 1])
    assert (found.nfree, found.redchi, found.covar, found.stderr) == (0, None, None, {"a": None, "b": None})
    assert "not more points than parameters" in found.warnings[0]


def test_parameters_that_the_data_do_not_tell_apart_have_no_standard_errors() -> None:
    found = at("a + b + c * x", [1, 2, 3, 4], [1, 2, 3, 5], [0, -0.5, 1.3])
    assert (found.covar, found.correl, found.condition, found.stderr["a"]) == (None, None, None, None)
    assert "singular" in found.warnings[0]


def test_standard_errors_that_are_too_large_for_a_number_do_not_exist() -> None:
    found = at("a * x", [1e-170, 2e-170, 3e-170], [1, 2, 4], [1e170])
    assert (found.covar, found.correl, found.stderr) == (None, None, {"a": None})
    assert found.warnings != []


def test_a_derivative_that_is_not_finite_leaves_no_standard_errors() -> None:
    found = at("sqrt(a) * x", [1, 2, 3], [1, 2, 4], [0])
    assert (found.covar, found.stderr, found.condition) == (None, {"a": None}, None)


def test_a_perfect_fit_has_no_information_criteria() -> None:
    found = at("a * x", [1, 2, 3], [2, 4, 6], [2])
    assert (found.chisqr, found.aic, found.aicc, found.bic) == (0, None, None, None)
    assert found.stderr == {"a": 0}


DECAY_X = [float(x) for x in range(21)]
DECAY = [3 * math.exp(-0.3 * x) for x in DECAY_X]


@pytest.mark.parametrize("loss", [None, make_loss("huber", 1.0)], ids=["squares", "huber"])
@pytest.mark.parametrize("off", [0, 1e-16, -1e-16])
def test_residuals_that_are_rounding_only_get_a_warning(loss: Loss | None, off: float) -> None:
    (warning,) = at("a * exp(-k * x)", DECAY_X, DECAY, [3 + off, 0.3 + off], loss=loss).warnings
    assert "no more than rounding" in warning


def test_data_with_eleven_digits_are_no_rounding() -> None:
    found = at("a * exp(-k * x)", DECAY_X, [round(y, 11) for y in DECAY], [3, 0.3])
    assert not any("rounding" in warning for warning in found.warnings)


def test_in_half_precision_of_the_digits_rounding_is_larger() -> None:
    formula, vector = parse("a * exp(-k * x)"), torch.tensor([3.0, 0.3])
    x = torch.tensor(DECAY_X)
    data = Data({"x": x}, torch.tensor(DECAY))
    (warning,) = statistics(Problem(formula, data, Parameters(formula.parameters), vector), vector).warnings
    assert "no more than rounding" in warning


def test_standard_errors_that_follow_from_sigma_need_no_residuals() -> None:
    assert at("a * exp(-k * x)", DECAY_X, DECAY, [3, 0.3], sigma=0.1).warnings == []


def test_standard_errors_of_counts_need_no_residuals() -> None:
    assert at("m + 0 * x", [0, 0, 0], [4, 4, 4], [4], loss=make_loss("poisson")).warnings == []


def test_constant_data_have_no_rsquared() -> None:
    assert at("a * exp(-k * x)", [1, 2, 3], [1, 1, 1], [1.1, 0.1]).rsquared is None


def test_without_a_constant_the_rsquared_of_a_linear_model_is_that_of_statsmodels() -> None:
    x, y = [1.0, 2.0, 3.0], [2.1, 3.9, 6.05]
    slope = (2.1 + 7.8 + 18.15) / 14
    found = at("a * x", x, y, [slope])
    unexplained = sum((b - slope * a) ** 2 for a, b in zip(x, y, strict=True)) / sum(b * b for b in y)
    assert found.rsquared == pytest.approx(1 - unexplained)
    assert found.adjusted_rsquared == pytest.approx(1 - unexplained * 3 / 2)


@pytest.mark.parametrize("model", ["a * x + b * (1 - x)", "(a + b * x) / 2", "a * cos(x)^2 + b * sin(x)^2"])
def test_a_constant_may_be_made_up_by_several_terms(model: str) -> None:
    y = [1.1, 2.3, 2.8, 4.2]
    found = at(model, [1, 2, 3, 4], y, [0, 0])
    mean = sum(y) / 4
    assert found.chisqr is not None
    assert found.rsquared == pytest.approx(1 - found.chisqr / sum((one - mean) ** 2 for one in y))


def test_a_constant_that_is_fixed_is_none() -> None:
    fixed = at("a + b * x", [1, 2, 3], [2.1, 3.9, 6.05], [2], fixed={"a": 0.0})
    assert fixed.rsquared == at("b * x", [1, 2, 3], [2.1, 3.9, 6.05], [2]).rsquared


def test_the_rsquared_of_a_nonlinear_model_is_about_the_mean_as_in_lmfit() -> None:
    y = [1.1, 0.8, 0.5, 0.3]
    found = at("a * exp(-k * x)", [0, 1, 2, 3], y, [1.1, 0.4])
    mean = sum(y) / 4
    assert found.chisqr is not None
    assert found.rsquared == pytest.approx(1 - found.chisqr / sum((one - mean) ** 2 for one in y))


def test_the_rmse_is_in_the_unit_of_y_whatever_the_weights() -> None:
    plain = at("m + 0 * x", [0] * 4, [1, 2, 3, 6], [3])
    known = at("m + 0 * x", [0] * 4, [1, 2, 3, 6], [3], sigma=10)
    weighted = at("m + 0 * x", [0] * 4, [1, 2, 3, 6], [3], weights=[1, 1, 1, 5])
    assert (plain.rmse, known.rmse) == (pytest.approx(math.sqrt(14 / 4)), pytest.approx(math.sqrt(14 / 4)))
    assert weighted.rmse == pytest.approx(math.sqrt((4 + 1 + 0 + 5 * 9) / 8))


def test_the_rmse_of_counts_is_in_counts() -> None:
    found = at("m + 0 * x", [0, 0], [3, 5], [4], loss=make_loss("poisson"))
    assert found.rmse == pytest.approx(1)


@pytest.mark.parametrize("loss", ["squares", "huber", "poisson"])
def test_a_point_of_weight_0_does_not_count(loss: str) -> None:
    x, y, function = [0.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], make_loss(loss, 0.5)
    found = at("a + b * x", [*x, 4], [*y, 99], [1.1, 0.9], loss=function, weights=[1, 1, 2, 1, 0])
    without = at("a + b * x", x, y, [1.1, 0.9], loss=function, weights=[1, 1, 2, 1])
    assert asdict(found) == asdict(without)
    assert (found.ndata, found.nfree) == (4, 2)


def test_coefficients_away_from_the_minimum_get_a_warning() -> None:
    (warning,) = at("a * x", [1, 2, 3], [2.1, 3.9, 6.05], [2.5]).warnings
    assert "not at the minimum" in warning


def test_confidence_intervals_are_standard_errors_times_students_t(mean: Statistics) -> None:
    error = math.sqrt(14 / 3 / 4)
    # The quantile of three degrees of freedom.
    assert mean.confidence_intervals["m"] == pytest.approx((3 - 3.182446305 * error, 3 + 3.182446305 * error))


def test_where_sigma_is_known_intervals_are_those_of_the_normal_distribution() -> None:
    found = at("m + 0 * x", [0, 0, 0, 0], [1, 2, 3, 6], [3], sigma=2)
    assert found.stderr == {"m": pytest.approx(1)}
    assert found.confidence_intervals["m"] == pytest.approx((3 - 1.959963985, 3 + 1.959963985))
    assert found.response_variance == 1


def test_adjusted_rsquared_corrects_for_the_parameters() -> None:
    found = at("a + b * x", [1, 2, 3, 4], [1.1, 1.9, 3.2, 3.9], [0.1, 0.97])
    assert found.rsquared is not None
    assert found.adjusted_rsquared == pytest.approx(1 - (1 - found.rsquared) * 3 / 2)


def test_a_parameter_at_its_bound_has_no_standard_error_and_a_warning() -> None:
    found = at("a + b * x", [1, 2, 3, 4], [-0.9, 0.1, 1.05, 2.0], [0, 0.4], lower={"a": 0.0})
    assert found.var_names == ["b"]
    assert (found.stderr["a"], found.confidence_intervals["a"]) == (None, None)
    assert "a is at its bound" in found.warnings[0]


@pytest.mark.parametrize("loss", ["squares", "huber"])
def test_the_others_hold_as_if_it_were_fixed_there(loss: str) -> None:
    x, y, function = [1.0, 2.0, 3.0, 4.0], [-0.9, 0.1, 1.05, 2.0], make_loss(loss, 0.5)
    at_bound = at("a + b * x", x, y, [0, 0.4], loss=function, lower={"a": 0.0})
    fixed = at("a + b * x", x, y, [0.4], loss=function, fixed={"a": 0.0})
    assert (at_bound.nvarys, at_bound.nfree) == (1, 3)
    for field in ("stderr", "redchi", "adjusted_rsquared", "aic", "aicc", "bic", "condition"):
        assert getattr(at_bound, field) == pytest.approx(getattr(fixed, field)), field
    assert at_bound.confidence_intervals["b"] == pytest.approx(fixed.confidence_intervals["b"])


def test_all_parameters_at_their_bounds_do_not_make_it_singular() -> None:
    found = at("a * x", [1, 2, 3], [1, 2, 3.1], [0.5], upper={"a": 0.5})
    assert (found.var_names, found.stderr) == ([], {"a": None})
    assert not any("singular" in warning for warning in found.warnings)


def test_a_robust_fit_at_its_minimum_gets_no_warning() -> None:
    # Huber's estimate of a mean: residuals beyond the threshold pull as if they were there.
    found = at("m + 0 * x", [0] * 5, [-1, 0, 1, 0, 100], [1 / 3], loss=make_loss("huber", 1.0))
    assert found.warnings == []
    assert (found.aic, found.aicc, found.bic) == (None, None, None)


def test_a_robust_loss_leaves_outliers_out_of_the_variance_of_a_response() -> None:
    found = at("m + 0 * x", [0] * 5, [-1, 0, 1, 0.5, 100], [0], loss=make_loss("tukey", 5.0))
    assert found.response_variance == pytest.approx(1.4826022185**2)


def test_a_squared_residual_too_large_for_a_number_leaves_none() -> None:
    found = at("m + 0 * x", [0, 0, 0], [0, 0, 1e200], [0.5], loss=make_loss("huber", 1.0))
    assert (found.chisqr, found.redchi, found.rmse) == (None, None, None)


def test_the_likelihood_of_counts_is_weighted() -> None:
    plain = at("m + 0 * x", [0, 0], [3, 5], [4], loss=make_loss("poisson"))
    doubled = at("m + 0 * x", [0, 0], [3, 5], [4], sigma=math.sqrt(0.5), loss=make_loss("poisson"))
    assert plain.aic is not None
    assert doubled.aic is not None
    assert doubled.aic - 2 == pytest.approx(2 * (plain.aic - 2))


def test_without_any_weight_there_is_nothing_to_explain() -> None:
    found = at("m + 0 * x", [0, 0], [3, 5], [4], sigma=math.inf)
    assert (found.rsquared, found.aic, found.stderr) == (None, None, {"m": None})

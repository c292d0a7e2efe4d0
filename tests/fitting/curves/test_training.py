"""Many curves as one batch: each as if it were alone."""

from dataclasses import replace

import pytest
import torch

from app.fitting.curves import CurveProblem, CurveResults, fit_curves
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.losses import make_loss
from app.fitting.statistics import statistics
from app.fitting.training import start, train
from tests.helpers.curves import DOSE_RESPONSE, DOSES, SOLVER, plate
from tests.helpers.work import answer, rests_and_answer


def alone(problem: CurveProblem, curve: int) -> tuple[dict[str, float], dict[str, float | None]]:
    """Coefficients and standard errors of one curve by the single method."""
    posed = problem.alone(curve)
    *_, last = train(posed, SOLVER, start(posed, SOLVER, posed.start), 1000, 3600)
    found = last.checkpoint.parameters
    return posed.coefficients(found), statistics(posed, found).stderr


def assert_as_alone(problem: CurveProblem, results: CurveResults, curve: int, digits: float = 1e-8) -> None:
    coefficients, stderr = alone(problem, curve)
    for name, value in coefficients.items():
        assert results.coefficients[name][curve].item() == pytest.approx(value, rel=digits)
        if stderr[name] is not None:
            assert results.stderr[name][curve].item() == pytest.approx(stderr[name], rel=digits)


def test_a_curve_among_a_thousand_is_as_alone_to_8_digits() -> None:
    problem = plate(1000)
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    assert set(results.reasons) == {"converged"}
    for curve in (0, 1, 17, 500, 999):
        assert_as_alone(problem, results, curve)


@pytest.mark.parametrize("loss", ["huber", "cauchy"])
def test_robust_curves_are_as_alone(loss: str) -> None:
    problem = plate(5)
    y = problem.y.clone()
    y[3] += 60
    problem = replace(problem, y=y, loss_function=make_loss(loss, torch.full((5,), 4.0, dtype=torch.float64)))
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    for curve in range(5):
        assert_as_alone(problem, results, curve, 1e-6)


def test_curves_of_counts_are_as_alone() -> None:
    problem = plate(4)
    problem = replace(problem, y=problem.y.clamp(min=0).round(), loss_function=make_loss("poisson"))
    problem = replace(problem, start=problem.start + torch.tensor([[5.0], [0], [0], [0]], dtype=torch.float64))
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    for curve in range(4):
        assert_as_alone(problem, results, curve, 1e-6)


def test_curves_of_different_lengths_are_as_alone() -> None:
    problem = plate(3)
    counts = torch.tensor([16, 12, 9])
    row = torch.arange(16)[:, None]
    index = row.minimum(counts - 1)
    x, y = DOSES[:, None].expand(-1, 3).gather(0, index), problem.y.gather(0, index)
    factor = (row < counts).double() * 0.5
    problem = replace(problem, variables={"x": x}, y=y, factor=factor, counts=counts)
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    for curve in range(3):
        assert len(problem.alone(curve).data.y) == counts[curve]
        assert_as_alone(problem, results, curve)


@pytest.mark.parametrize("loss", ["squares", "huber"])
def test_a_point_of_weight_0_does_not_count(loss: str) -> None:
    problem = plate(3)
    problem = replace(problem, loss_function=make_loss(loss, 2.0))
    factor = torch.ones(len(DOSES), 1, dtype=torch.float64)
    factor[5] = 0.0
    weighted = answer(fit_curves(replace(problem, factor=factor), SOLVER, 1000, 3600))
    left = torch.arange(len(DOSES)) != 5
    without = replace(problem, variables={"x": DOSES[left][:, None]}, y=problem.y[left], counts=problem.counts - 1)
    expected = answer(fit_curves(without, SOLVER, 1000, 3600))
    for name, errors in expected.stderr.items():
        assert weighted.stderr[name].tolist() == pytest.approx(errors.tolist(), rel=1e-8)


def test_bounds_fixed_and_tied_parameters_hold_for_every_curve() -> None:
    tied = {"top": parse_tie("100 + bottom", ["bottom"])}
    problem = plate(6, fixed={"hill": 1.0}, tied=tied, upper={"bottom": 5.0})
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    assert bool((results.coefficients["bottom"] <= 5).all())
    assert bool((results.coefficients["hill"] == 1).all())
    torch.testing.assert_close(results.coefficients["top"], 100 + results.coefficients["bottom"])
    for curve in range(6):
        assert_as_alone(problem, results, curve)


@pytest.mark.parametrize("bounds", [{"lower": {"top": 105.0}}, {"upper": {"hill": 1.0}}, {"upper": {"ec50": 0.9}}])
def test_a_parameter_at_its_bound_leaves_the_others_as_alone(bounds: dict[str, dict[str, object]]) -> None:
    problem = plate(12, **bounds)
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    ((name, bound),) = next(iter(bounds.values())).items()
    held = results.coefficients[name] == bound
    assert bool(held.any())
    assert not bool(held.all())
    assert results.stderr[name].isnan().equal(held)
    for curve in range(12):
        assert_as_alone(problem, results, curve)


def test_a_curve_that_fails_fails_alone() -> None:
    problem = plate(3)
    begin = problem.start.clone()
    begin[list(problem.parameters.free).index("ec50"), 1] = -1.0
    results = answer(fit_curves(replace(problem, start=begin), SOLVER, 1000, 3600))
    assert results.reasons == ["converged", "nonfinite", "converged"]
    for name in ("top", "ec50"):
        assert results.stderr[name].isfinite().tolist() == [True, False, True]
    for curve in (0, 2):
        assert_as_alone(problem, results, curve)


def test_all_curves_may_fail() -> None:
    problem = plate(3)
    results = answer(fit_curves(replace(problem, start=-problem.start - 1), SOLVER, 1000, 3600))
    assert results.reasons == ["nonfinite"] * 3
    assert results.steps.tolist() == [0] * 3
    assert results.losses.isnan().all()


def test_no_curve_is_worse_than_alone_wherever_it_starts() -> None:
    problem = plate(20)
    wide = {"bottom": 50.0, "top": 100.0, "hill": 2.0, "ec50": 3.0}
    size = torch.tensor([wide[name] for name in problem.parameters.free], dtype=torch.float64)
    begin = size[:, None] * torch.randn(4, 20, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    begin[list(problem.parameters.free).index("ec50")] = 10 ** begin[list(problem.parameters.free).index("ec50")]
    problem = replace(problem, start=begin)
    results = answer(fit_curves(problem, SOLVER, 200, 3600))
    for curve in range(20):
        posed = problem.alone(curve)
        *_, last = train(posed, SOLVER, start(posed, SOLVER, posed.start), 200, 3600)
        assert results.reasons[curve] in (last.stop.reason, "converged")
        assert results.final_loss[curve].item() <= last.checkpoint.loss * (1 + 1e-6)


def test_data_that_do_not_determine_the_parameters_of_a_curve_are_told() -> None:
    formula = parse("a*exp(-b*x)")
    x = torch.linspace(0, 2, 9, dtype=torch.float64)[:, None]
    y = torch.cat([torch.exp(-x), torch.zeros_like(x)], dim=1)
    begin = torch.tensor([[0.8, 0.0], [0.5, 0.5]], dtype=torch.float64)
    problem = CurveProblem(formula, {"x": x}, y, None, torch.full((2,), 9), Parameters(formula.parameters), begin)
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    assert results.reasons == ["converged", "singular"]
    assert results.coefficients["b"][0].item() == pytest.approx(1, rel=1e-12)
    assert results.stderr["b"].isfinite().tolist() == [True, False]


@pytest.mark.parametrize("scale", [1e-150, 1e-60, 1e150])
def test_curves_of_any_size_are_as_alone(scale: float) -> None:
    problem = plate(2)
    factors = [scale if name in ("bottom", "top") else 1.0 for name in problem.parameters.free]
    begin = problem.start * torch.tensor(factors, dtype=torch.float64)[:, None]
    problem = replace(problem, y=problem.y * scale, start=begin)
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    assert results.reasons == ["converged"] * 2
    assert_as_alone(problem, results, 1)


def test_every_curve_has_its_own_history() -> None:
    problem = plate(20)
    results = answer(fit_curves(problem, SOLVER, 1000, 3600))
    assert len(results.losses) == int((results.steps + 1).sum())
    for curve in range(20):
        losses = results.losses[results.offsets[curve] : results.offsets[curve + 1]].tolist()
        assert losses[0] == pytest.approx(problem.loss(problem.start)[curve].item())
        assert losses[-1] == results.final_loss[curve].item()
        assert losses[:-1] == sorted(losses[:-1], reverse=True)
    assert results.summed_losses()[0].item() == pytest.approx(problem.loss(problem.start).sum().item())
    assert results.summed_losses()[-1].item() == pytest.approx(results.final_loss.sum().item())


def test_so_many_steps_and_no_more() -> None:
    results = answer(fit_curves(plate(4), SOLVER, 2, 3600))
    assert set(results.reasons) == {"max_steps"}
    assert results.steps.tolist() == [2] * 4
    # The curves of this plate need 5 to 12 steps.
    results = answer(fit_curves(plate(50), SOLVER, 7, 3600))
    assert set(results.reasons) == {"converged", "max_steps"}
    assert int(results.steps.max()) == 7


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("gradient_descent", {"learning_rate": 1e-6, "momentum": 0.5}),
        ("adam", {"learning_rate": 0.05}),
        ("lbfgs", {}),
    ],
)
def test_other_optimizers_do_with_each_curve_what_they_do_alone(name: str, settings: dict[str, float]) -> None:
    problem, optimizer = plate(3), make_optimizer(name, **settings)
    results = answer(fit_curves(problem, optimizer, 30, 3600))
    for curve in range(3):
        posed = problem.alone(curve)
        *_, last = train(posed, optimizer, start(posed, optimizer, posed.start), 30, 3600)
        assert results.steps[curve] == last.checkpoint.step
        assert results.final_loss[curve].item() == pytest.approx(last.checkpoint.loss, rel=1e-9)


def test_a_curve_that_diverges_keeps_its_last_finite_coefficients() -> None:
    problem = plate(2)
    y = problem.y.clone()
    y[:, 1] *= 1e150
    results = answer(fit_curves(replace(problem, y=y), make_optimizer("adam", learning_rate=1e154), 30, 3600))
    assert "diverged" in results.reasons
    assert len(results.losses) == int((results.steps + 1).sum())
    assert bool(results.losses.isfinite().all())
    assert all(bool(values.isfinite().all()) for values in results.coefficients.values())


@pytest.mark.parametrize("shared", [True, False])
def test_linear_models_are_solved_directly(shared: bool) -> None:
    formula = parse("a + b*x + c*x^2")
    x = torch.linspace(0, 5, 12, dtype=torch.float64)[:, None]
    x = x if shared else x.expand(-1, 3) + torch.tensor([0.0, 1.0, 2.0])
    y = 1 + 2 * x - 0.5 * x**2 + torch.sin(9 * x) * torch.tensor([0.1, 0.2, 0.3])
    begin = torch.ones(3, 3, dtype=torch.float64)
    problem = CurveProblem(formula, {"x": x}, y, None, torch.full((3,), 12), Parameters(formula.parameters), begin)
    results = answer(fit_curves(problem, make_optimizer("least_squares"), 1, 3600))
    assert results.reasons == ["converged"] * 3
    for curve in range(3):
        assert_as_alone(problem, results, curve)


def test_errors_of_nearly_dependent_terms_are_as_alone() -> None:
    formula = parse(" + ".join(f"b{k}*x^{k}" for k in range(9)))
    x = torch.linspace(3, 9, 40, dtype=torch.float64)[:, None]
    y = torch.sin(3 * x) * torch.tensor([1.0, 2.0])
    begin = torch.ones(9, 2, dtype=torch.float64)
    problem = CurveProblem(formula, {"x": x}, y, None, torch.full((2,), 40), Parameters(formula.parameters), begin)
    optimizer = make_optimizer("least_squares")
    results = answer(fit_curves(problem, optimizer, 1, 3600))
    for curve in range(2):
        posed = problem.alone(curve)
        *_, last = train(posed, optimizer, start(posed, optimizer, posed.start), 1, 3600)
        stderr = statistics(posed, last.checkpoint.parameters).stderr
        for name, value in posed.coefficients(last.checkpoint.parameters).items():
            assert results.coefficients[name][curve].item() == pytest.approx(value, rel=1e-12)
            assert results.stderr[name][curve].item() == pytest.approx(stderr[name], rel=1e-8)


def test_it_rests_between_chunks_and_the_answer_is_the_same() -> None:
    whole = answer(fit_curves(plate(50), SOLVER, 1000, 3600))
    rests, pieces = rests_and_answer(fit_curves(plate(50), SOLVER, 1000, 0.0))
    assert rests > 3
    assert pieces.losses.equal(whole.losses)


def test_float32_works() -> None:
    problem = plate(10)
    formula = parse(DOSE_RESPONSE.replace("1e-300", "1e-30"))
    x = {"x": DOSES[:, None].float()}
    single = replace(problem, formula=formula, variables=x, y=problem.y.float(), start=problem.start.float())
    results = answer(fit_curves(single, SOLVER, 200, 60))
    double = answer(fit_curves(problem, SOLVER, 200, 60))
    torch.testing.assert_close(results.coefficients["top"], double.coefficients["top"], rtol=1e-3, atol=0)

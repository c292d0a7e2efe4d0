"""Compiled programs for many curves do what the steps do, through our own backward."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from app.fitting.autograd import polynomials
from app.fitting.curves import CurveProblem, CurveResults, fit_curves
from app.fitting.curves.programs import AS_THEY_STAND, CurveObjective, Programs
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.damping import begin
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.losses import make_loss
from app.fitting.programs.compiler import compile_programs
from app.fitting.programs.curves import CompiledCurves
from app.fitting.programs.inputs import number_inputs, numbers_of_curves
from app.fitting.programs.loop import CompiledLoop, ManyCurves
from app.fitting.programs.shape import shape_of_curves
from app.fitting.programs.tracing import exported
from app.jobs.worker.loops import has_compiler
from tests.helpers.work import answer

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
]

SOLVER = LevenbergMarquardt()
DESCENT = make_optimizer("gradient_descent", learning_rate=5e-6)


def uniform(*size: int, seed: int = 1) -> Tensor:
    return torch.rand(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def decays(curves: int) -> CurveProblem:
    """Everything at once: weights, bounds, a fixed and a tied parameter, a robust loss, two variables, one shared."""
    formula = parse("a * exp(-b * u) + c * v + d + e", ["u", "v"])
    given = Parameters(
        formula.parameters, {"d": 0.5}, {"e": parse_tie("2 * a", ["a", "b", "c", "d"])}, {"b": 0.1}, {"b": 0.9}
    )
    u, v = uniform(30, 1, seed=2), uniform(30, curves, seed=3)
    rates = 0.3 + uniform(curves, seed=4)
    y = 2 * torch.exp(-rates * u) + v + 4.5 + 0.1 * uniform(30, curves, seed=5)
    factor = torch.linspace(0.5, 2, 30, dtype=torch.float64)[:, None]
    counts, start = torch.full((curves,), 30), torch.full((3, curves), 0.8, dtype=torch.float64)
    loss = make_loss("huber", 0.05 + 0.1 * uniform(curves, seed=6))
    return CurveProblem(formula, {"u": u, "v": v}, y, factor, counts, given, start, loss)


def sines(curves: int) -> CurveProblem:
    """Return the tutorial's model on waves of several heights."""
    formula = parse("a + b * P3(c + d * x)")
    x = torch.linspace(-3.141592653589793, 3.141592653589793, 500, dtype=torch.float64)[:, None]
    y = torch.sin(x) * (0.5 + uniform(curves))
    start = torch.tensor([0.1, -1.0, 0.1, 0.3], dtype=torch.float64)[:, None].repeat(1, curves)
    return CurveProblem(formula, {"x": x}, y, None, torch.full((curves,), 500), Parameters(formula.parameters), start)


def assert_alike(one: CurveResults, other: CurveResults, digits: float) -> None:
    assert one.reasons == other.reasons
    for name, values in one.coefficients.items():
        torch.testing.assert_close(values, other.coefficients[name], rtol=digits, atol=0)
        torch.testing.assert_close(one.stderr[name], other.stderr[name], rtol=digits, atol=0, equal_nan=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loops")


@pytest.fixture(scope="module")
def compiled(folder: Path) -> CompiledCurves:
    shape = shape_of_curves(decays(2), SOLVER)
    assert shape is not None
    compile_programs(shape, folder / "decays.pt2")
    return CompiledCurves(shape, folder / "decays.pt2")


@pytest.mark.parametrize("curves", [1, 2, 40])
def test_any_number_of_curves_ends_as_without_a_compiler(compiled: CompiledCurves, curves: int) -> None:
    problem = decays(curves)
    programs = compiled.programs(SOLVER)
    found, expected = (
        answer(fit_curves(problem, SOLVER, 100, 3600, programs=way)) for way in (programs, AS_THEY_STAND)
    )
    assert_alike(found, expected, 1e-8)


def test_compiled_programs_bear_other_numbers_of_points(compiled: CompiledCurves) -> None:
    problem = decays(5)
    some = replace(
        problem,
        variables={name: variable[:20] for name, variable in problem.variables.items()},
        y=problem.y[:20],
        factor=problem.factor[:20] if problem.factor is not None else None,
        counts=torch.full((5,), 20),
    )
    found, expected = (
        answer(fit_curves(some, SOLVER, 100, 3600, programs=way)) for way in (compiled.programs(SOLVER), AS_THEY_STAND)
    )
    assert_alike(found, expected, 1e-8)


def test_a_trial_of_levenberg_marquardt_is_traced_through_our_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = sines(3)
    shape = shape_of_curves(problem, SOLVER)
    assert shape is not None
    numbers = numbers_of_curves(shape, problem, SOLVER)
    inputs = [*begin(problem, problem.start, 10), *(numbers[one.name] for one in number_inputs(shape))]

    def stepped() -> Tensor:
        parameters: Tensor = exported(shape)["trial"].module()(*inputs)[0]
        return parameters

    right = stepped()
    expected = SOLVER.trial(problem, begin(problem, problem.start, 10)).parameters
    torch.testing.assert_close(right, expected, rtol=1e-10, atol=0)
    function = polynomials._OrthogonalPolynomial
    backward = function.backward
    monkeypatch.setattr(function, "backward", staticmethod(lambda ctx, grad: backward(ctx, 2 * grad)))
    assert not torch.allclose(stepped(), right, rtol=1e-3)


@pytest.fixture(scope="module")
def loops(folder: Path) -> Programs:
    """Descent of curves over few nodes."""
    path = folder / "sines.pt2"

    def runner(objective: CurveObjective, optimizer: Optimizer) -> ManyCurves:
        shape = shape_of_curves(objective, optimizer)
        assert shape is not None
        if not path.exists():
            compile_programs(shape, path)
        return ManyCurves(CompiledLoop(shape, path), objective, optimizer)

    return Programs(runner=runner)


def test_descent_of_many_curves_has_the_history_of_its_steps(loops: Programs) -> None:
    problem = sines(6)
    found, expected = (
        answer(fit_curves(problem, DESCENT, 203, 3600, compress=True, programs=way)) for way in (loops, AS_THEY_STAND)
    )
    assert found.compressed
    assert_alike(found, expected, 1e-8)
    torch.testing.assert_close(found.losses, expected.losses, rtol=1e-10, atol=0)


def test_a_curve_that_diverges_in_a_loop_ends_where_it_does_step_by_step(loops: Programs) -> None:
    problem = sines(4)
    wild = problem.start.clone()
    wild[1, 2] = 1e6
    problem = replace(problem, start=wild)
    found, expected = (
        answer(fit_curves(problem, DESCENT, 150, 3600, compress=True, programs=way)) for way in (loops, AS_THEY_STAND)
    )
    assert found.reasons == expected.reasons == ["max_steps", "max_steps", "diverged", "max_steps"]
    assert found.steps.equal(expected.steps)
    torch.testing.assert_close(found.losses, expected.losses, rtol=1e-8, atol=0)

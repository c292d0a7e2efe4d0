"""Levenberg-Marquardt in compiled code does with one fit what its steps do, through our own backward."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from app.fitting.autograd import polynomials
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.levenberg_marquardt.damping import begin
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import gauss_newton
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.programs.compiler import compile_programs
from app.fitting.programs.inputs import number_inputs, numbers_of
from app.fitting.programs.shape import shape_of
from app.fitting.programs.steps import WrittenOut
from app.fitting.programs.tracing import exported
from app.fitting.programs.trials import CompiledTrials, OneSolution
from app.fitting.training import Checkpoint, Chunk, start, train
from app.jobs.worker.loops import has_compiler
from tests.helpers.problems import robust

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
]

SOLVER = LevenbergMarquardt()
BOXBOD = ([1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224])


def saturation(x: Sequence[float], y: Sequence[float], starts: Sequence[float]) -> Problem:
    formula = parse("a * (1 - exp(-b * x))")
    x_tensor, y_tensor, vector = (torch.tensor(values, dtype=torch.float64) for values in (x, y, starts))
    return Problem(formula, Data({"x": x_tensor}, y_tensor), Parameters(formula.parameters), vector)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loops")


def solver_of(problem: Problem, folder: Path) -> OneSolution:
    shape = shape_of(problem, SOLVER)
    assert shape is not None
    path = folder / f"{shape.key}.pt2"
    if not path.exists():
        compile_programs(shape, path)
    return OneSolution(CompiledTrials(shape, path), problem, SOLVER)


def trained(
    problem: Problem, runner: OneSolution | None, first: Checkpoint | None = None, steps: int = 1000
) -> list[Chunk]:
    problem.evaluations.count = 0
    begun = first or start(problem, SOLVER, problem.start)
    return list(train(problem, SOLVER, begun, steps, 3600, find_runner=lambda: runner))


def losses(chunks: Sequence[Chunk]) -> list[float]:
    return [loss for chunk in chunks for loss in chunk.losses]


@pytest.mark.parametrize(
    "problem",
    [
        saturation(*BOXBOD, [100.0, 0.75]),
        # From here damped trials do not find the minimum.
        saturation(*BOXBOD, [1.0, 1.0]),
        # Other numbers of points.
        saturation([0.1 * k for k in range(300)], [2 - 2 * 0.7**k + 0.01 * (k % 3) for k in range(300)], [1.0, 1.0]),
    ],
)
def test_a_fit_ends_as_without_a_compiler(problem: Problem, folder: Path) -> None:
    one_by_one = trained(problem, None)
    evaluations = problem.evaluations.count
    compiled = trained(problem, solver_of(problem, folder))
    assert compiled[-1].stop == one_by_one[-1].stop
    assert problem.evaluations.count == evaluations
    assert losses(compiled) == pytest.approx(losses(one_by_one), rel=1e-9)
    torch.testing.assert_close(
        compiled[-1].checkpoint.parameters, one_by_one[-1].checkpoint.parameters, rtol=1e-12, atol=0
    )


def test_restricted_steps_do_not_count_as_compiled(folder: Path) -> None:
    easy, hard = saturation(*BOXBOD, [100.0, 0.75]), saturation(*BOXBOD, [1.0, 1.0])
    for problem, all_compiled in ((easy, True), (hard, False)):
        solver = solver_of(problem, folder)
        steps = len(losses(trained(problem, solver)))
        assert solver.compiled_steps > 0
        assert (solver.compiled_steps == steps) is all_compiled


def test_it_goes_on_from_any_step_with_or_without_a_compiler(folder: Path) -> None:
    problem = saturation(*BOXBOD, [100.0, 0.75])
    whole = losses(trained(problem, None))
    for steps in range(1, len(whole)):
        begun = trained(problem, solver_of(problem, folder) if steps % 2 else None, steps=steps)
        assert begun[-1].stop is not None
        assert begun[-1].stop.reason == "max_steps"
        rest = trained(problem, None if steps % 2 else solver_of(problem, folder), begun[-1].checkpoint)
        assert losses(begun) + losses(rest) == pytest.approx(whole, rel=1e-9)


def assert_traced_trials_are_those_of_the_method(problem: Problem) -> None:
    shape = shape_of(problem, SOLVER)
    assert shape is not None
    numbers = numbers_of(shape, problem, SOLVER)
    inputs = [numbers[one.name] for one in number_inputs(shape)]
    expected = state = begin(problem, problem.start, 100)
    for _ in range(5):
        expected = SOLVER.trial(problem, expected)
    found = exported(shape)["trials"].module()(torch.ones(5, dtype=torch.bool), *state, *inputs)
    assert expected.steps > 0
    for part, right in zip(found, expected, strict=False):
        torch.testing.assert_close(part, right, rtol=1e-9, atol=1e-12)


def test_weights_bounds_ties_and_robust_losses_are_traced_too() -> None:
    assert_traced_trials_are_those_of_the_method(robust())


def test_a_trial_is_traced_through_our_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    formula = parse("a + b * P3(c + d * x)")
    x = torch.linspace(-3, 3, 50, dtype=torch.float64)
    vector = torch.tensor([0.1, -1.0, 0.1, 0.3], dtype=torch.float64)
    problem = Problem(formula, Data({"x": x}, torch.sin(x)), Parameters(formula.parameters), vector)
    shape = shape_of(problem, SOLVER)
    assert shape is not None

    def updated() -> torch.Tensor:
        parameters: torch.Tensor = exported(shape)["gauss_newton"].module()(vector, x, problem.data.y)[0]
        return parameters

    right = updated()
    torch.testing.assert_close(right, gauss_newton(problem, vector).parameters, rtol=1e-9, atol=0)
    function = polynomials._OrthogonalPolynomial
    backward = function.backward
    monkeypatch.setattr(function, "backward", staticmethod(lambda ctx, grad: backward(ctx, 2 * grad)))
    assert not torch.allclose(updated(), right, rtol=1e-3)


@pytest.mark.parametrize(("loss", "dtype"), [("squares", torch.float32), ("poisson", torch.float64)])
def test_counts_and_float32_are_written_out_row_by_row(
    loss: str, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    formula = parse("a * exp(b * x) + P2(c * x)")
    x = torch.linspace(0, 1, 9, dtype=dtype)
    data = Data({"x": x}, torch.tensor([1.0, 0, 2, 1, 3, 2, 4, 3, 5], dtype=dtype))
    problem = Problem(formula, data, Parameters(formula.parameters), torch.ones(3, dtype=dtype), make_loss(loss))
    shape = shape_of(problem, SOLVER)
    assert shape is not None
    # Raises where it can't be.
    monkeypatch.setattr("app.fitting.programs.tracing.written_out", WrittenOut)
    assert set(exported(shape)) == {"trials", "gauss_newton"}


def test_what_has_too_many_rows_is_traced_as_it_stands() -> None:
    names = "abcdfghij"
    formula = parse(" + ".join(f"{name} * cos({k} * x)" for k, name in enumerate(names)) + " + exp(-a * x)")
    x = torch.linspace(0, 6, 60, dtype=torch.float64)
    data = Data({"x": x}, torch.sin(x) + x)
    problem = Problem(formula, data, Parameters(formula.parameters), torch.ones(9, dtype=torch.float64))
    assert_traced_trials_are_those_of_the_method(problem)

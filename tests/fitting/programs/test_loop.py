"""Compiled loops do what the steps do one by one, through our own backward."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from app.fitting.autograd import polynomials
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import CompressedProblem, compressed
from app.fitting.problems.data import Data, sampled_function
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.programs.compiler import compile_programs
from app.fitting.programs.loop import CompiledLoop, OneFit
from app.fitting.programs.shape import Shape, shape_of
from app.fitting.programs.tracing import exported
from app.fitting.training import Chunk, start, train
from app.jobs.worker.loops import has_compiler
from tests.helpers.problems import robust

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
]

DESCENT = make_optimizer("gradient_descent", learning_rate=5e-6)


def tutorial() -> Problem:
    formula = parse("a + b * P3(c + d * x)")
    data = sampled_function("sin", [-3.141592653589793, 3.141592653589793], 2000, torch.float64)
    vector = torch.tensor([0.1, -1.0, 0.1, 0.3], dtype=torch.float64)
    return Problem(formula, data, Parameters(formula.parameters), vector)


def loop_of(objective: Problem | CompressedProblem, optimizer: Optimizer, folder: Path) -> CompiledLoop:
    shape = shape_of(objective, optimizer)
    assert shape is not None
    path = folder / f"{shape.key}.pt2"
    if not path.exists():
        compile_programs(shape, path)
    return CompiledLoop(shape, path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("loops")


@pytest.fixture(scope="module")
def few() -> CompressedProblem:
    found = compressed(tutorial())
    assert found is not None
    return found


def trained(
    objective: Problem | CompressedProblem, optimizer: Optimizer, first: Tensor, steps: int, fit: OneFit | None = None
) -> list[Chunk]:
    begin = start(objective, optimizer, first)
    return list(train(objective, optimizer, begin, steps, 3600, find_runner=lambda: fit))


def losses(chunks: list[Chunk]) -> list[float]:
    return [loss for chunk in chunks for loss in chunk.losses]


def test_the_tutorials_history_is_that_of_its_steps(few: CompressedProblem, folder: Path) -> None:
    fit = OneFit(loop_of(few, DESCENT, folder), few, DESCENT)
    one_by_one = trained(few, DESCENT, few.problem.start, 500)
    compiled = trained(few, DESCENT, few.problem.start, 500, fit)
    assert losses(compiled) == pytest.approx(losses(one_by_one), rel=1e-12)
    assert compiled[-1].stop is not None
    assert compiled[-1].stop.reason == "max_steps"


def test_the_same_code_serves_other_numbers_of_steps_and_another_learning_rate(
    few: CompressedProblem, folder: Path
) -> None:
    other = make_optimizer("gradient_descent", learning_rate=1e-6)
    fit = OneFit(loop_of(few, DESCENT, folder), few, other)
    assert shape_of(few, other) == shape_of(few, DESCENT)
    compiled = trained(few, other, few.problem.start, 123, fit)
    assert losses(compiled) == pytest.approx(losses(trained(few, other, few.problem.start, 123)), rel=1e-12)


def test_a_divergence_is_found_at_the_step_where_it_is(few: CompressedProblem, folder: Path) -> None:
    wild = make_optimizer("gradient_descent", learning_rate=1.0)
    fit = OneFit(loop_of(few, DESCENT, folder), few, wild)
    one_by_one, compiled = (trained(few, wild, few.problem.start, 500, way) for way in (None, fit))
    assert one_by_one[-1].stop == compiled[-1].stop
    assert losses(compiled) == pytest.approx(losses(one_by_one), rel=1e-9)


def test_fits_train_side_by_side_each_with_its_own_numbers(few: CompressedProblem, folder: Path) -> None:
    loop = loop_of(few, DESCENT, folder)
    rates = [1e-6, 3e-6, 5e-6]
    fits = [OneFit(loop, few, make_optimizer("gradient_descent", learning_rate=rate)) for rate in rates]
    numbers = {name: torch.stack([fit.numbers[name][..., 0] for fit in fits], dim=-1) for name in fits[0].numbers}
    together, _, history = loop.run(few.problem.start[:, None].repeat(1, 3), {}, numbers, 50)
    for index, fit in enumerate(fits):
        alone, _, its_losses = fit.run(few.problem.start, {}, 50)
        torch.testing.assert_close(together[:, index], alone, rtol=1e-12, atol=0)
        torch.testing.assert_close(history[:, index], its_losses, rtol=1e-12, atol=0)


def test_weights_bounds_ties_and_robust_losses_are_compiled_too(folder: Path) -> None:
    problem, adam = robust(), make_optimizer("adam", learning_rate=0.01)
    fit = OneFit(loop_of(problem, adam, folder), problem, adam)
    one_by_one, compiled = (trained(problem, adam, problem.start, 200, way) for way in (None, fit))
    assert losses(compiled) == pytest.approx(losses(one_by_one), rel=1e-10)
    torch.testing.assert_close(compiled[-1].checkpoint.parameters, one_by_one[-1].checkpoint.parameters)
    assert set(compiled[-1].checkpoint.state) == set(one_by_one[-1].checkpoint.state)


def test_a_training_goes_on_with_a_loop_that_comes_later(few: CompressedProblem, folder: Path) -> None:
    momentum = make_optimizer("gradient_descent", learning_rate=1e-6, momentum=0.9)
    fit, asked = OneFit(loop_of(few, momentum, folder), few, momentum), []

    def find() -> OneFit | None:
        asked.append(None)
        return fit if len(asked) > 3 else None

    begin = start(few, momentum, few.problem.start)
    chunks = list(train(few, momentum, begin, 400, 0.001, find_runner=find))
    assert losses(chunks) == pytest.approx(losses(trained(few, momentum, few.problem.start, 400)), rel=1e-11)


@pytest.fixture
def wrong_backward(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return a backward twice as large as it should be."""
    function = polynomials._OrthogonalPolynomial
    right = function.backward

    def wrong(ctx: object, grad_output: Tensor) -> tuple[None, None, Tensor]:
        return right(ctx, 2 * grad_output)

    monkeypatch.setattr(function, "backward", staticmethod(wrong))


def test_a_wrong_backward_changes_what_is_compiled(
    few: CompressedProblem, folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    right = trained(few, DESCENT, few.problem.start, 50, OneFit(loop_of(few, DESCENT, folder), few, DESCENT))
    request.getfixturevalue("wrong_backward")
    wrong = trained(few, DESCENT, few.problem.start, 50, OneFit(loop_of(few, DESCENT, tmp_path), few, DESCENT))
    assert losses(wrong)[10] != pytest.approx(losses(right)[10], rel=1e-6)


def test_a_shape_survives_its_way_to_the_compiler() -> None:
    shape = shape_of(robust(), make_optimizer("adam", learning_rate=0.1))
    assert shape is not None
    assert Shape.from_json(shape.to_json()) == shape
    assert Shape.from_json(shape.to_json()).key == shape.key


def test_what_has_no_compiled_code_has_no_shape() -> None:
    assert shape_of(tutorial(), make_optimizer("lbfgs")) is None


def test_counts_and_float32_can_be_traced() -> None:
    formula = parse("a * exp(b * x)")
    x = torch.linspace(0, 1, 9)
    data = Data({"x": x}, torch.tensor([1.0, 0, 2, 1, 3, 2, 4, 3, 5]))
    problem = Problem(formula, data, Parameters(formula.parameters), torch.ones(2), make_loss("poisson"))
    shape = shape_of(problem, replace(DESCENT))
    assert shape is not None
    assert exported(shape) is not None

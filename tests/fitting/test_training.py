"""Training: the tutorial's own loop is the peer, checkpoints go on as if nothing had happened."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from app.fitting.autograd import polynomials
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.data import Data, sampled_function
from app.fitting.problems.problem import Problem, start_vector
from app.fitting.programs.cache import PROGRAMS
from app.fitting.training import Checkpoint, Chunk, resumed, start, train

ONE_CHUNK = 3600.0
ONE_STEP_A_CHUNK = 0.0
TUTORIAL_START = {"a": 0.0, "b": -1.0, "c": 0.0, "d": 0.3}
OPTIMIZERS = {
    "gradient_descent": {"learning_rate": 5e-6},
    "momentum": {"learning_rate": 5e-6, "momentum": 0.9},
    "adam": {"learning_rate": 0.01},
}


def tutorial_problem(
    dtype: torch.dtype = torch.float64, model: str = "a + b * P3(c + d * x)", start_values: dict = TUTORIAL_START
) -> Problem:
    data = sampled_function("sin", [-math.pi, math.pi], 2000, dtype)
    formula = parse(model)
    parameters = Parameters(formula.parameters)
    return Problem(formula, data, parameters, start_vector(parameters, start_values, dtype))


def optimizer_named(name: str) -> Optimizer:
    return make_optimizer("adam" if name == "adam" else "gradient_descent", **OPTIMIZERS[name])


def run(problem: Problem, optimizer: Optimizer, steps: int, chunk_seconds: float = ONE_CHUNK) -> list[Chunk]:
    checkpoint = start(problem, optimizer, problem.start)
    return list(train(problem, optimizer, checkpoint, steps, chunk_seconds))


def history(chunks: list[Chunk]) -> list[float]:
    return [loss for chunk in chunks for loss in chunk.losses] + [chunks[-1].checkpoint.loss]


def torch_optimizer(name: str, parameters: Tensor) -> torch.optim.Optimizer:
    if name == "adam":
        return torch.optim.Adam([parameters], lr=0.01)
    momentum = 0.9 if name == "momentum" else 0
    return torch.optim.SGD([parameters], lr=5e-6, momentum=momentum)


@pytest.mark.parametrize(("dtype", "precision"), [(torch.float64, 1e-11), (torch.float32, 3e-5)])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_does_what_torchs_own_does(name: str, dtype: torch.dtype, precision: float) -> None:
    # Not the tutorial's start: there two gradients are zero but for rounding, and Adam blows rounding up.
    problem = tutorial_problem(dtype, start_values={"a": 0.2, "b": -1.0, "c": 0.1, "d": 0.3})
    parameters = problem.start.clone().requires_grad_()
    peer = torch_optimizer(name, parameters)
    losses = []
    for _ in range(50):
        peer.zero_grad()
        a, b, c, d = parameters
        u = c + d * problem.data.variables["x"]
        loss = (a + b * 0.5 * (5 * u**3 - 3 * u) - problem.data.y).pow(2).sum()
        losses.append(loss.item())
        loss.backward()
        peer.step()
    chunks = run(problem, optimizer_named(name), 50)
    assert history(chunks)[:-1] == pytest.approx(losses, rel=precision)
    assert chunks[-1].checkpoint.parameters.tolist() == pytest.approx(parameters.tolist(), rel=precision * 100)


def test_adams_first_step_in_float32_is_torchs_to_the_last_bits() -> None:
    problem = tutorial_problem(torch.float32)
    parameters = problem.start.clone().requires_grad_()
    peer = torch.optim.Adam([parameters], lr=0.01)
    problem.loss(parameters).backward()
    peer.step()
    optimizer = make_optimizer("adam", learning_rate=0.01)
    step = optimizer.step(problem, problem.start, optimizer.init(problem.start))
    torch.testing.assert_close(step.parameters, parameters.detach(), rtol=2e-7, atol=1e-9)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_any_chunks_give_the_same_history_bit_for_bit(name: str, dtype: torch.dtype) -> None:
    problem, optimizer = tutorial_problem(dtype), optimizer_named(name)
    whole = run(problem, optimizer, 30)
    pieces = run(problem, optimizer, 30, ONE_STEP_A_CHUNK)
    assert (len(whole), len(pieces)) == (1, 30)
    assert history(pieces) == history(whole)
    assert pieces[-1].checkpoint.parameters.equal(whole[-1].checkpoint.parameters)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_training_goes_on_from_a_stored_checkpoint_bit_for_bit(name: str) -> None:
    problem, optimizer = tutorial_problem(), optimizer_named(name)
    whole = run(problem, optimizer, 30)
    first = run(problem, optimizer, 30, ONE_STEP_A_CHUNK)[:10]
    stored = Checkpoint.from_bytes(first[-1].checkpoint.to_bytes())
    rest = list(train(problem, optimizer, stored, 30, ONE_CHUNK))
    assert history(first)[:-1] + history(rest) == history(whole)


def test_a_checkpoint_of_another_version_keeps_its_parameters_and_begins_the_optimizer_anew() -> None:
    adam = make_optimizer("adam", learning_rate=0.1)
    stored = Checkpoint(7, torch.ones(2), {"mean": torch.ones(2)}, 1.0)
    going_on = resumed(adam, stored)
    assert (going_on.step, going_on.parameters.tolist()) == (7, [1, 1])
    assert going_on.state.keys() == adam.init(stored.parameters).keys()
    assert resumed(adam, going_on) is going_on


def test_the_last_chunk_says_that_all_steps_are_done() -> None:
    chunks = run(tutorial_problem(), optimizer_named("adam"), 3, ONE_STEP_A_CHUNK)
    assert [chunk.stop is None for chunk in chunks] == [True, True, False]
    assert chunks[-1].stop is not None
    assert (chunks[-1].stop.reason, chunks[-1].stop.succeeded) == ("max_steps", True)


def test_a_finished_checkpoint_needs_no_further_step() -> None:
    problem, optimizer = tutorial_problem(), optimizer_named("momentum")
    finished = run(problem, optimizer, 3)[-1].checkpoint
    (chunk,) = train(problem, optimizer, finished, 3, ONE_CHUNK)
    assert (chunk.losses, chunk.checkpoint.loss, chunk.stop is None) == ([], finished.loss, False)


@pytest.mark.parametrize("chunk_seconds", [ONE_CHUNK, ONE_STEP_A_CHUNK])
def test_a_diverging_training_stops_at_the_last_finite_loss(chunk_seconds: float) -> None:
    problem = tutorial_problem()
    chunks = run(problem, make_optimizer("gradient_descent", learning_rate=1.0, momentum=0.5), 100, chunk_seconds)
    last = chunks[-1]
    assert last.stop is not None
    assert (last.stop.reason, last.stop.step) == ("diverged", last.checkpoint.step + 1)
    losses = history(chunks)
    assert len(losses) == last.checkpoint.step + 1
    assert all(math.isfinite(loss) for loss in losses)
    assert problem.loss(last.checkpoint.parameters).item() == pytest.approx(last.checkpoint.loss, rel=1e-12)


@pytest.mark.parametrize("chunk_seconds", [ONE_CHUNK, ONE_STEP_A_CHUNK])
def test_a_parameter_that_is_not_finite_is_divergence_even_where_the_loss_is(chunk_seconds: float) -> None:
    formula = parse("exp(-a)")
    x = torch.ones(1, dtype=torch.float64)
    problem = Problem(formula, Data({"x": x}, 0 * x), Parameters(("a",)), torch.zeros_like(x))
    chunks = run(problem, make_optimizer("gradient_descent", learning_rate=1.7e308), 3, chunk_seconds)
    assert chunks[-1].stop is not None
    assert (chunks[-1].stop.reason, chunks[-1].stop.step) == ("diverged", 1)
    assert (chunks[-1].checkpoint.parameters.tolist(), history(chunks)) == ([0.0], [1.0])


def test_a_start_without_a_loss_stops_at_once() -> None:
    problem = tutorial_problem(model="log(b) + a + c + d * x")
    (chunk,) = run(problem, optimizer_named("adam"), 10)
    assert chunk.stop is not None
    assert (chunk.stop.reason, chunk.losses, chunk.checkpoint.step) == ("nonfinite", [], 0)


def test_a_gradient_without_a_value_is_not_told_as_too_large_a_learning_rate() -> None:
    chunks = run(tutorial_problem(model="sqrt(a) + b + c + d * x"), optimizer_named("gradient_descent"), 10)
    assert chunks[-1].stop is not None
    assert (chunks[-1].stop.reason, chunks[-1].checkpoint.step) == ("nonfinite", 0)
    assert "derivative" in chunks[-1].stop.message


def test_a_model_that_does_not_depend_on_its_parameters_keeps_them() -> None:
    problem = tutorial_problem(model="heaviside(a + b + c + d + 10) * x")
    chunks = run(problem, optimizer_named("adam"), 5)
    assert chunks[-1].checkpoint.parameters.tolist() == list(TUTORIAL_START.values())


@pytest.fixture
def wrong_backward(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Return a backward twice as large as it should be."""
    function = polynomials._OrthogonalPolynomial
    right = function.backward

    def wrong(ctx: object, grad_output: Tensor) -> tuple[None, None, Tensor]:
        return right(ctx, 2 * grad_output)

    with monkeypatch.context() as patch:
        patch.setattr(function, "backward", staticmethod(wrong))
        PROGRAMS.clear()
        yield
    PROGRAMS.clear()


def test_training_goes_through_our_own_backward(request: pytest.FixtureRequest) -> None:
    right = run(tutorial_problem(), optimizer_named("gradient_descent"), 100)[-1].checkpoint.parameters
    request.getfixturevalue("wrong_backward")
    wrong = run(tutorial_problem(), optimizer_named("gradient_descent"), 100)[-1].checkpoint.parameters
    # The right run is the same to the last bit every time, so any difference comes from the backward.
    assert abs(wrong[3] - right[3]) > 1e-6

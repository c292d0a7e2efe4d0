"""What every optimizer has to do, and to say of itself: a new one is tested here as soon as it is registered."""

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from app.fitting.curves import CurveProblem, fit_curves, fit_shared
from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import OPTIMIZERS, automatic
from app.fitting.optimizers.base import Optimizer, Task
from app.fitting.problems.losses import LOSSES, Cauchy, Huber, Poisson, SumOfSquares, make_loss, needs_threshold
from app.fitting.problems.objective import Linearised
from app.fitting.problems.problem import Problem
from app.fitting.training import Checkpoint, Chunk, Runner, StepByStep, start, train
from tests.helpers.work import answer

X = torch.linspace(0, 4, 12, dtype=torch.float64)
STEPS = 60
ONE_CHUNK = 3600.0
ONE_STEP_A_CHUNK = 0.0
NAMES = list(OPTIMIZERS)
SOLVING = [name for name, optimizer in OPTIMIZERS.items() if optimizer.solves_directly]
STEPPING = [name for name in NAMES if name not in SOLVING]
BOUNDED = [name for name, optimizer in OPTIMIZERS.items() if optimizer.takes_bounds]
AT_ONCE = [name for name, optimizer in OPTIMIZERS.items() if optimizer.alone_because is None]
TAKEN = [
    (name, loss.name)
    for name, optimizer in OPTIMIZERS.items()
    for loss in LOSSES.values()
    if not optimizer.obstacles(Task(loss, is_linear=True, bounded=False, shared=False))
]
LINEAR, CURVED = parse("height + slope * x"), parse("height * exp(-slope * x)")


def formula_for(optimizer: Optimizer) -> Formula:
    return LINEAR if optimizer.solves_directly else CURVED


def curves_for(optimizer: Optimizer, curves: int, loss: str = "squares", **bounds: dict[str, float]) -> CurveProblem:
    """Curves of different heights and slopes, with noise, from one start near all of them."""
    formula = formula_for(optimizer)
    generator = torch.Generator().manual_seed(curves)
    height, slope, noise = (
        torch.rand(*size, generator=generator, dtype=torch.float64) for size in ((curves,), (curves,), (12, curves))
    )
    y = formula({"x": X[:, None], "height": 4 + 2 * height, "slope": 0.6 + 0.2 * slope}) + 0.1 * noise
    function = make_loss(loss, torch.full((curves,), 0.5, dtype=torch.float64) if needs_threshold(loss) else None)
    begin = torch.tensor([[4.0], [0.5]], dtype=torch.float64).repeat(1, curves)
    counts = torch.full((curves,), len(X))
    given = Parameters(formula.parameters, **bounds)
    return CurveProblem(formula, {"x": X[:, None]}, y, None, counts, given, begin, function)


def trained(
    problem: Problem, optimizer: Optimizer, runner: Runner | None = None, chunk_seconds: float = ONE_CHUNK
) -> list[Chunk]:
    first = start(problem, optimizer, problem.start, runner)
    return list(train(problem, optimizer, first, STEPS, chunk_seconds, runner=runner))


def history(chunks: list[Chunk]) -> list[float]:
    return [loss for chunk in chunks for loss in chunk.losses] + [chunks[-1].checkpoint.loss]


class CountedOperations(TorchDispatchMode):
    """Counts the operations on tensors, however large these are."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return operation(*args, **(kwargs or {}))


def operations(optimizer: Optimizer, curves: int) -> int:
    problem = curves_for(optimizer, curves)
    with CountedOperations() as counted:
        answer(fit_curves(problem, optimizer, 5, ONE_CHUNK))
    return counted.count


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name: str) -> None:
    optimizer = OPTIMIZERS[name]
    assert optimizer.name == name
    assert name.isidentifier()
    assert name.islower()
    assert optimizer.title
    assert optimizer.description.endswith(".")
    assert dataclasses.is_dataclass(optimizer)


@pytest.mark.parametrize("name", NAMES)
def test_every_hyperparameter_has_a_description_and_a_default_within_its_limits(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    assert optimizer.contradiction() is None
    for setting in optimizer.hyperparameters():
        assert setting.description.endswith("."), setting.name
        assert setting.default == getattr(optimizer, setting.name)
        assert setting.greater_than is None or setting.default > setting.greater_than
        assert setting.at_least is None or setting.default >= setting.at_least
        assert setting.less_than is None or setting.default < setting.less_than
        assert setting.at_most is None or setting.default <= setting.at_most


@pytest.mark.parametrize("name", NAMES)
def test_one_with_a_learning_rate_says_that_a_smaller_one_may_help(name: str) -> None:
    names = {setting.name for setting in OPTIMIZERS[name].hyperparameters()}
    assert OPTIMIZERS[name].slower_by in (names & {"learning_rate"} or {None}), (
        f"say `slower_by` in the class of {name}"
    )


@pytest.mark.parametrize("name", NAMES)
def test_it_makes_the_loss_of_one_curve_smaller(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    losses = history(trained(curves_for(optimizer, 1).alone(0), optimizer))
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(("name", "loss"), TAKEN)
def test_it_makes_every_loss_smaller_that_it_takes_of_one_curve_and_of_many(name: str, loss: str) -> None:
    optimizer = OPTIMIZERS[name]()
    problem = curves_for(optimizer, 3, loss)
    results = answer(fit_curves(problem, optimizer, STEPS, ONE_CHUNK))
    assert bool((results.final_loss < problem.loss(problem.start)).all())
    losses = history(trained(problem.alone(0), optimizer))
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", NAMES)
def test_it_goes_on_from_a_stored_checkpoint_bit_for_bit(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    problem = curves_for(optimizer, 1).alone(0)
    whole = trained(problem, optimizer)
    checkpoint, losses, stop = start(problem, optimizer, problem.start), [], None
    while stop is None:
        stored = Checkpoint.from_bytes(checkpoint.to_bytes())
        chunk = next(train(problem, optimizer, stored, STEPS, ONE_STEP_A_CHUNK))
        checkpoint, losses, stop = chunk.checkpoint, losses + chunk.losses, chunk.stop
    assert [*losses, checkpoint.loss] == history(whole)
    assert checkpoint.parameters.equal(whole[-1].checkpoint.parameters)


@pytest.mark.parametrize("name", NAMES)
def test_a_curve_among_others_ends_as_alone(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    problem = curves_for(optimizer, 5)
    results = answer(fit_curves(problem, optimizer, STEPS, ONE_CHUNK))
    for curve in range(5):
        one = problem.alone(curve)
        coefficients = one.coefficients(trained(one, optimizer)[-1].checkpoint.parameters)
        for parameter, value in coefficients.items():
            assert results.coefficients[parameter][curve].item() == pytest.approx(value, rel=1e-9), (
                f"curves touch each other: the arithmetic of {name} is not elementwise"
            )


@pytest.mark.parametrize("name", AT_ONCE)
def test_200_curves_take_hardly_more_operations_than_2_or_it_says_why(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    assert operations(optimizer, 200) < 4 * operations(optimizer, 2), (
        f"{name} trains curves one after another, which is slow: say `elementwise = True` in its class if each number "
        "of a step follows from the same number of parameters, gradient and state alone, else why in `alone_because`"
    )


class LinearisedError(Exception):
    """Somebody asked for more than the loss and its gradient."""


class OnlyLoss(Problem):
    """A problem that is not linearised."""

    def linearised(self, parameters: Tensor) -> Linearised:  # noqa: ARG002
        raise LinearisedError


@pytest.mark.parametrize("name", STEPPING)
def test_one_that_needs_only_the_loss_and_its_gradient_says_that_its_steps_are_cheap(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    one = curves_for(optimizer, 1).alone(0)
    problem = OnlyLoss(one.formula, one.data, one.parameters, one.start)
    try:
        trained(problem, optimizer, StepByStep(problem, optimizer))
    except LinearisedError:
        assert not optimizer.cheap_steps
    else:
        assert optimizer.cheap_steps, (
            f"say `cheap_steps = True` in the class of {name}: it is trained on too many points"
        )


@pytest.mark.parametrize("name", STEPPING)
def test_one_that_ends_by_itself_says_so(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    stop = trained(curves_for(optimizer, 1).alone(0), optimizer)[-1].stop
    assert stop is not None
    assert (stop.reason == "converged") == optimizer.ends_at_a_minimum, (
        f"say `ends_at_a_minimum` in the class of {name}"
    )


@pytest.mark.parametrize("name", BOUNDED)
def test_it_keeps_within_bounds_one_curve_and_many(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    # The start is at a bound that every loss falls across.
    problem = curves_for(optimizer, 3, upper={"height": 4.0}, lower={"slope": 0.1})
    results = answer(fit_curves(problem, optimizer, STEPS, ONE_CHUNK))
    assert bool((results.coefficients["height"] <= 4).all()), f"{name} does not `project` its updates into the bounds"
    for chunk in trained(problem.alone(0), optimizer, chunk_seconds=ONE_STEP_A_CHUNK):
        assert problem.alone(0).coefficients(chunk.checkpoint.parameters)["height"] <= 4


@pytest.mark.parametrize("name", NAMES)
def test_it_shares_parameters_or_says_that_it_does_not(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    work = fit_shared(curves_for(optimizer, 3), ["slope"], optimizer, STEPS, ONE_CHUNK)
    if optimizer.shares_parameters:
        slopes = answer(work).coefficients["slope"]
        assert bool((slopes == slopes[0]).all())
    else:
        with pytest.raises(TypeError, match="share"):
            answer(work)


@pytest.mark.parametrize("name", STEPPING)
def test_a_start_without_a_value_fails_with_a_reason_for_one_curve_and_for_many(name: str) -> None:
    optimizer = OPTIMIZERS[name]()
    problem = curves_for(optimizer, 3)
    problem = dataclasses.replace(problem, start=torch.where(torch.tensor([False, True, False]), -1e3, problem.start))
    results = answer(fit_curves(problem, optimizer, STEPS, ONE_CHUNK))
    assert results.reasons[1] == "nonfinite"
    assert {results.reasons[0], results.reasons[2]} <= {"converged", "max_steps"}
    assert math.isfinite(results.final_loss[0])


@pytest.mark.parametrize(
    ("task", "chosen"),
    [
        (Task(SumOfSquares, is_linear=True, bounded=False, shared=False), "least_squares"),
        (Task(SumOfSquares, is_linear=False, bounded=False, shared=False), "levenberg_marquardt"),
        (Task(SumOfSquares, is_linear=True, bounded=True, shared=False), "levenberg_marquardt"),
        (Task(SumOfSquares, is_linear=True, bounded=False, shared=True), "levenberg_marquardt"),
        (Task(Huber, is_linear=True, bounded=False, shared=False), "levenberg_marquardt"),
        (Task(Cauchy, is_linear=False, bounded=True, shared=True), "levenberg_marquardt"),
        (Task(Poisson, is_linear=True, bounded=False, shared=False), "levenberg_marquardt"),
    ],
)
def test_the_automatic_choice_can_do_the_task(task: Task, chosen: str) -> None:
    assert automatic(task).name == chosen
    assert automatic(task).obstacles(task) == []


def test_obstacles_are_told_in_words() -> None:
    task = Task(Huber, is_linear=False, bounded=True, shared=True)
    assert OPTIMIZERS["least_squares"].obstacles(task) == [
        "solves only models that are linear in their parameters",
        "takes only losses of the kind squares",
        "takes no bounds",
        "can't share parameters between curves",
    ]
    assert OPTIMIZERS["levenberg_marquardt"].obstacles(task) == []

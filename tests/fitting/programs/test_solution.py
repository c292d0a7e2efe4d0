"""Levenberg-Marquardt of one fit by machine code does what its steps do by torch."""

import math

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.losses import LOSSES
from app.fitting.problems.problem import Problem
from app.fitting.programs.solution import Solution
from app.fitting.training import Checkpoint, Chunk, Runner, StepByStep, start, train
from tests.helpers.programs import SOLVER, everything, fit, is_close, tried, tried_by_torch

PRECISION = {torch.float64: 1e-9, torch.float32: 2e-3}
KINDS = [(torch.float64, True), (torch.float64, False), (torch.float32, False)]
"""Number format, and whether a fit has nothing beside free parameters, or everything."""
BOXBOD = ([1, 2, 3, 5, 7, 10], [109, 149, 149, 191, 213, 224])
"""A set of NIST's, from which the farther start leads damped trials astray."""


def boxbod(*begin: float) -> Problem:
    formula = parse("a * (1 - exp(-b * x))")
    x, y, vector = (torch.tensor(values, dtype=torch.float64) for values in (*BOXBOD, begin))
    return Problem(formula, Data({"x": x}, y), Parameters(formula.parameters), vector)


NEAR, FAR = (100.0, 0.75), (1.0, 1.0)


def solution_of(problem: Problem) -> Solution:
    program = Solution.of(problem, SOLVER)
    assert program is not None
    return program


def trained(
    problem: Problem, runner: Runner, first: Checkpoint | None = None, seconds: float = 3600, steps: int = 1000
) -> list[Chunk]:
    begun = first or start(problem, SOLVER, problem.start, runner)
    return list(train(problem, SOLVER, begun, steps, seconds, runner=runner))


def history(chunks: list[Chunk]) -> list[float]:
    return [loss for chunk in chunks for loss in chunk.losses] + [chunks[-1].checkpoint.loss]


@pytest.mark.parametrize(("dtype", "plain"), KINDS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_machine_code(loss: str, dtype: torch.dtype, plain: bool) -> None:
    problem = everything(loss, dtype, plain=plain)
    expected = tried_by_torch(problem, problem.start)
    for part, right in zip(tried(problem, problem.start), expected, strict=True):
        assert is_close(part, right, PRECISION[dtype])


@pytest.mark.parametrize(
    "problem", [boxbod(*NEAR), boxbod(*FAR), everything(), everything("huber"), everything("poisson")]
)
def test_a_training_ends_as_step_by_step(problem: Problem) -> None:
    problem.evaluations.count = 0
    expected = trained(problem, StepByStep(problem, SOLVER))
    evaluations = problem.evaluations.count
    problem.evaluations.count = 0
    chunks = trained(problem, solution_of(problem))
    assert chunks[-1].stop == expected[-1].stop
    assert history(chunks) == pytest.approx(history(expected), rel=1e-9)
    assert is_close(chunks[-1].checkpoint.parameters, expected[-1].checkpoint.parameters)
    assert 0 < problem.evaluations.count <= evaluations


def test_careful_steps_are_those_of_no_program() -> None:
    for begin, is_careful in ((NEAR, False), (FAR, True)):
        problem = boxbod(*begin)
        program = solution_of(problem)
        program.run(problem.start, SOLVER.init(problem.start), 1000)
        assert (program.careful_steps > 0) is is_careful


@pytest.mark.parametrize("begin", [NEAR, FAR])
def test_a_training_in_chunks_of_any_size_is_the_same_to_the_last_bit(begin: tuple[float, ...]) -> None:
    problem = boxbod(*begin)
    whole, pieces = (trained(problem, solution_of(problem), seconds=seconds) for seconds in (3600, 0))
    assert len(whole) < len(pieces)
    assert history(whole) == history(pieces)
    assert whole[-1].checkpoint.parameters.equal(pieces[-1].checkpoint.parameters)


def test_a_training_goes_on_from_any_stored_checkpoint_by_either_way() -> None:
    problem = boxbod(*NEAR)
    ways = solution_of(problem), StepByStep(problem, SOLVER)
    whole = history(trained(problem, ways[0]))
    for number, way in enumerate(ways):
        chunks = trained(problem, way, seconds=0)
        for last, chunk in enumerate(chunks[:-1]):
            stored = Checkpoint.from_bytes(chunk.checkpoint.to_bytes())
            rest = trained(problem, ways[1 - number], stored)
            assert history(chunks[: last + 1])[:-1] + history(rest) == pytest.approx(whole, rel=1e-9)


def test_its_loss_is_that_of_the_problem() -> None:
    problem = everything("cauchy")
    assert solution_of(problem).loss(problem.start) == pytest.approx(problem.loss(problem.start).item(), rel=1e-14)


@pytest.mark.parametrize(
    "problem",
    [
        fit("a*exp(-b*x)", {"a": 1.3, "b": 0.7}, points=1),
        fit("a + b*b", {"a": 1.3, "b": 0.7}),
        fit("a*x + b", {"a": 1.3, "b": 0.7}, lower={"a": 1.3, "b": 0.7}, upper={"a": 1.3, "b": 0.7}),
        fit("sqrt(a - 1.3) + b", {"a": 1.3, "b": 0.7}),
        fit("a - b", {"a": 0.7, "b": 0.7}, loss="poisson"),
        fit("a*x + b + c", {"a": 1.3, "b": 0.7}, tied={"c": "2.5"}),
    ],
    ids=["one point", "not determined", "all at bounds", "derivative infinite", "loss infinite", "tied to a number"],
)
def test_odd_fits_end_as_step_by_step(problem: Problem) -> None:
    chunks, expected = (trained(problem, way, steps=40) for way in (solution_of(problem), StepByStep(problem, SOLVER)))
    stop, right = chunks[-1].stop, expected[-1].stop
    assert stop is not None
    assert right is not None
    assert (stop.reason, stop.criterion, stop.message) == (right.reason, right.criterion, right.message)
    assert history(chunks) == pytest.approx(history(expected), rel=1e-6, abs=1e-20)


def test_data_that_are_not_finite_end_a_training_at_once() -> None:
    problem = everything()
    problem.data.y[3] = math.nan
    program = solution_of(problem)
    assert math.isnan(program.loss(problem.start))
    (chunk,) = trained(problem, program)
    assert chunk.stop is not None
    assert chunk.stop.reason == "nonfinite"

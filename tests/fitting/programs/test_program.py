"""Programs hold for any number of points and fits, keep the digits of long sums, and are made of small formulas."""

import math

import pytest
import torch

from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.levenberg_marquardt.damping import begin
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import begin_refinement, refine
from app.fitting.problems.problem import Problem
from app.fitting.programs import descent, program
from app.fitting.programs.nodes import UnsupportedError
from app.fitting.programs.program import Program, Recipe, compiled
from app.fitting.programs.recording import Input
from app.fitting.programs.shape import shape_of
from app.fitting.programs.solution import refinement_of, trials_of
from tests.helpers.programs import SOLVER, beside_each_other, fit, is_close, run, tried, tried_by_torch

ADAM = make_optimizer("adam", learning_rate=0.01)
TEXT = "a*exp(-b*x) + c*sin(3*x) + 0.1*hypot(a, x)"
START = {"a": 1.3, "b": 0.7, "c": 0.4}
LENGTHS = [1, 2, 3, 7, 8, 9, 16, 66, 67, 70, 71, 72, 1023, 1024, 1025, 5000]
"""Numbers of points around those that vectors, blocks of sums and the recorded run have."""


def posed(points: int, seed: int = 0) -> Problem:
    return fit(TEXT, START, loss="soft_l1", points=points, seed=seed)


@pytest.fixture(scope="module")
def step() -> Program:
    shape = shape_of(posed(71))
    return compiled(shape, descent.recipe_of(shape, ADAM))


@pytest.fixture(scope="module")
def step_of_curves() -> Program:
    shape = shape_of(beside_each_other([posed(71), posed(71)]))
    return compiled(shape, descent.recipe_of(shape, ADAM))


@pytest.mark.parametrize("points", LENGTHS)
def test_one_program_is_right_at_any_number_of_points(points: int, step: Program) -> None:
    problem = posed(points)
    expected = ADAM.step(problem, problem.start, ADAM.init(problem.start)).parameters
    begin_ = [problem.start, *ADAM.init(problem.start).values()]
    after = run(step, shape_of(problem), problem, begin_, [0.01, 0.9, 0.999, 1e-8])
    assert is_close(after[0], expected, 1e-12)


@pytest.mark.parametrize("points", [1, 71, 1025])
@pytest.mark.parametrize("fits", [2, 3, 4, 5, 8, 9, 66, 67, 68])
def test_one_program_is_right_for_any_number_of_fits(fits: int, points: int, step_of_curves: Program) -> None:
    curves = beside_each_other([posed(points, seed) for seed in range(fits)])
    state = ADAM.init(curves.start)
    expected = ADAM.step(curves, curves.start, state).parameters
    begin_ = [curves.start, *(part if part.ndim else part.repeat(fits) for part in state.values())]
    after = run(step_of_curves, shape_of(curves), curves, begin_, [0.01, 0.9, 0.999, 1e-8])
    assert is_close(after[0], expected, 1e-12)


@pytest.mark.parametrize("points", [1, 2, 70, 71, 72, 5000])
def test_trials_and_refinements_hold_at_any_number_of_points(points: int) -> None:
    problem = posed(points)
    shape = shape_of(problem)
    for part, right in zip(tried(problem, problem.start), tried_by_torch(problem, problem.start), strict=True):
        assert is_close(part, right, 1e-7 if points < 3 else 1e-9)
    state = begin_refinement(problem.start, problem.loss(problem.start))
    numbers = [part.long() if part.dtype is torch.bool else part for part in state]
    after = run(REFINEMENT, shape, problem, numbers)
    expected = refine(problem, state)
    assert is_close(after[0], expected.parameters)
    assert after[4].equal(expected.ended)


REFINEMENT = compiled(shape_of(posed(71)), refinement_of(shape_of(posed(71)), refine))


def test_long_sums_keep_their_digits() -> None:
    points = 1_000_000
    problem = fit("a*x + b", {"a": 1.3, "b": 0.7}, points=points)
    there = tried(problem, problem.start, trials=0)
    x, y = problem.data.variables["x"], problem.data.y
    residual = problem.model(problem.start) - y
    exact = [math.fsum((left * right).tolist()) for left, right in ((residual, residual), (x, x), (x, 1 + 0 * x))]
    sums = [there.loss, there.gram[0, 0], there.gram[0, 1]]
    assert [float(number) for number in sums] == pytest.approx(exact, rel=3e-15)
    assert float(there.gram[1, 1]) == points


def test_long_sums_of_many_curves_keep_their_digits() -> None:
    curves = beside_each_other([fit("a*x + b", {"a": 1.3, "b": 0.7}, points=200_000, seed=seed) for seed in (0, 9)])
    there = tried(curves, curves.start, trials=0)
    terms = (curves.model(curves.start) - curves.y).square()
    exact = [math.fsum(column.tolist()) for column in terms.unbind(1)]
    assert there.loss.tolist() == pytest.approx(exact, rel=3e-15)


LARGE = " + ".join(f"a{k}*P100(b{k}*x)" for k in range(10))
LARGE_START = {f"{letter}{k}": 0.1 for k in range(10) for letter in "ab"}


def test_what_would_be_too_large_is_not_supported() -> None:
    shape = shape_of(fit(LARGE, LARGE_START))
    with pytest.raises(UnsupportedError, match=r"more than 12,000 numbers|too many operations"):
        compiled(shape, trials_of(shape, SOLVER))


def test_what_llvm_would_work_on_too_long_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = shape_of(posed(19))
    monkeypatch.setattr(program, "MOST_LINES", 100)
    with pytest.raises(UnsupportedError, match="more than 100 lines"):
        compiled(shape, trials_of(shape, SOLVER))


def test_a_result_has_to_be_one_number_for_a_fit() -> None:
    problem = posed(19)
    recipe = Recipe(lambda objective, p: [objective.model(p)], (Input("p", (3,), torch.float64),), carries=False)
    with pytest.raises(TypeError, match="differs from point to point"):
        compiled(shape_of(problem), recipe)


def test_it_says_how_long_a_step_takes(step: Program, step_of_curves: Program) -> None:
    assert step.seconds > 0
    assert step.seconds_per_step(1000, 1) > step.seconds_per_step(10, 1) > 0
    assert step_of_curves.seconds_per_step(10, 1000) > step_of_curves.seconds_per_step(10, 10) > 0


def test_it_stops_where_no_step_changes_anything() -> None:
    problem = posed(19)
    state = begin(problem.start, 2)
    shape = shape_of(problem)
    after = run(compiled(shape, trials_of(shape, SOLVER)), shape, problem, state, steps=50)
    assert int(after[type(state)._fields.index("steps")]) == 2

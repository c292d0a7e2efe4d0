"""A shape is met once: fits that differ in numbers and names share a program."""

from functools import lru_cache

import pytest
import torch

from app.fitting.optimizers import make_optimizer
from app.fitting.problems.problem import Problem
from app.fitting.programs.cache import PROGRAMS, Cache
from app.fitting.programs.curves import SolutionOfCurves
from app.fitting.programs.descent import Descent
from app.fitting.programs.descent import recipe_of as step_of
from app.fitting.programs.evaluation import evaluated, loss
from app.fitting.programs.program import Program, Recipe
from app.fitting.programs.shape import shape_of
from app.fitting.programs.solution import Solution, trials_of
from tests.helpers.programs import SOLVER, beside_each_other, fit

DESCENT = make_optimizer("gradient_descent", learning_rate=0.01)
LETTERS = "abcdfghklmnopqrstuvw"


@lru_cache(maxsize=1000)
def variant(number: int) -> Problem:
    """Return a fit of one shape: all that a shape does not hold follows from the number."""
    a, b, c, d, u = (LETTERS[(number * step + start) % 20] + str(start) for start, step in enumerate((1, 3, 7, 9, 11)))
    real = 0.5 + number / 1000
    return fit(
        f"{a}*exp(-{real}*{b}*{u}) + {c}*{u}**2 + {d} - {3 * real}",
        {a: 1 + real, b: real, c: 0.3},
        variables=[u],
        points=4 + number % 50,
        loss="huber",
        threshold=real,
        weighted=True,
        fixed={d: real},
        lower={b: -real} if number % 2 else {a: 0.1 * real},
        upper={c: 5 * real},
        seed=number,
    )


@pytest.fixture
def cache() -> Cache:
    PROGRAMS.clear()
    return PROGRAMS


def made_by(problems: list[Problem], kind: str) -> int:
    before = PROGRAMS.made
    for problem in problems:
        match kind:
            case "descent":
                rate = 0.01 + problem.points / 1000
                assert Descent.of(problem, make_optimizer("gradient_descent", learning_rate=rate)) is not None
            case "levenberg_marquardt":
                assert Solution.of(problem, SOLVER) is not None
            case "evaluation":
                assert evaluated(loss, problem, problem.start, 1) is not None
    return PROGRAMS.made - before


@pytest.mark.parametrize(("kind", "programs"), [("descent", 1), ("levenberg_marquardt", 2), ("evaluation", 1)])
def test_a_thousand_fits_of_one_tree_make_one_program_of_each_kind(kind: str, programs: int, cache: Cache) -> None:
    assert cache is PROGRAMS
    assert made_by([variant(number) for number in range(1000)], kind) == programs


def test_any_number_of_curves_and_points_makes_one_program_of_each_kind(cache: Cache) -> None:
    before = cache.made
    for number in range(100):
        fits = [variant(50 * number + 1)] * (2 + number % 9)
        curves = beside_each_other(fits)
        assert SolutionOfCurves.of(curves, SOLVER) is not None
        assert Descent.of(curves, DESCENT) is not None
    assert cache.made - before == 3


OTHERS = [
    fit("a*x + b", {"a": 1.0, "b": 1.0}),
    fit("a*x - b", {"a": 1.0, "b": 1.0}),
    fit("a*x + b", {"a": 1.0, "b": 1.0}, dtype=torch.float32),
    fit("a*x + b", {"a": 1.0, "b": 1.0}, loss="huber"),
    fit("a*x + b", {"a": 1.0, "b": 1.0}, loss="soft_l1"),
    fit("a*x + b", {"a": 1.0, "b": 1.0}, weighted=True),
    fit("a*x + b", {"a": 1.0, "b": 1.0}, lower={"a": 0.0}),
    fit("a*x + b", {"a": 1.0}, fixed={"b": 1.0}),
    fit("a*x + b", {"b": 1.0}, fixed={"a": 1.0}),
    fit("a*x + b", {"a": 1.0}, tied={"b": "2*a"}),
    fit("a*x + b", {"a": 1.0}, tied={"b": "2 + a"}),
    fit("a*x**2 + b", {"a": 1.0, "b": 1.0}),
    fit("a*x**3 + b", {"a": 1.0, "b": 1.0}),
    fit("a*P3(x) + b", {"a": 1.0, "b": 1.0}),
    fit("a*P4(x) + b", {"a": 1.0, "b": 1.0}),
    fit("a*gegenbauer(3, 0.5, x) + b", {"a": 1.0, "b": 1.0}),
    fit("a*gegenbauer(3, 0.7, x) + b", {"a": 1.0, "b": 1.0}),
    fit("a*x + a", {"a": 1.0}),
    fit("x*x + b", {"b": 1.0}),
]


def test_what_computes_otherwise_makes_a_program_of_its_own(cache: Cache) -> None:
    assert cache is PROGRAMS
    assert made_by(OTHERS, "descent") == len(OTHERS)
    assert made_by(OTHERS, "descent") == 0


def test_one_fit_and_curves_and_ragged_curves_have_programs_of_their_own(cache: Cache) -> None:
    line = {"a": 1.0, "b": 1.0}
    one, other, shorter = fit("a*x + b", line), fit("a*x + b", line, seed=5), fit("a*x + b", line, points=7)
    before = cache.made
    for objective in (
        one,
        beside_each_other([one, other]),
        beside_each_other([one, other], shared=True),
        beside_each_other([one, shorter]),
    ):
        assert Descent.of(objective, DESCENT) is not None
    assert cache.made - before == 4


def test_hyperparameters_that_leave_something_out_make_another_program(cache: Cache) -> None:
    problem, before = fit("a*x + b", {"a": 1.0, "b": 1.0}), cache.made
    for momentum, nesterov in ((0.0, False), (0.5, False), (0.9, False), (0.5, True), (0.7, True)):
        optimizer = make_optimizer("gradient_descent", learning_rate=0.1, momentum=momentum, nesterov=nesterov)
        assert Descent.of(problem, optimizer) is not None
    assert cache.made - before == 3


def made_in(cache: Cache, problem: Problem) -> Program | None:
    shape = shape_of(problem)
    return cache.find(shape, ("step",), lambda: step_of(shape, DESCENT))


def test_the_least_recently_used_program_goes() -> None:
    few, (one, two, three) = Cache(most=2), OTHERS[:3]
    first = made_in(few, one)
    made_in(few, two)
    assert made_in(few, one) is first
    made_in(few, three)
    assert few.made == 3
    assert made_in(few, one) is first, "it was used after the second"
    made_in(few, two)
    assert few.made == 4


def test_what_is_forgotten_is_made_anew() -> None:
    few = Cache()
    first = made_in(few, OTHERS[0])
    few.clear()
    second = made_in(few, OTHERS[0])
    assert first is not None
    assert second is not None
    assert second is not first


def test_that_a_formula_is_too_large_is_remembered() -> None:
    few, asked = Cache(), list[Problem]()
    text = " + ".join(f"a{k}*cos(b{k}*x)" for k in range(50))
    large = fit(text, {f"{letter}{k}": 0.1 for k in range(50) for letter in "ab"})
    shape = shape_of(large)

    def recipe() -> Recipe:
        asked.append(large)
        return trials_of(shape, SOLVER)

    assert few.find(shape, ("trial",), recipe) is None
    assert few.find(shape, ("trial",), recipe) is None
    assert len(asked) == 1
    assert few.made == 0

"""Which trainings of one fit a program takes."""

import pytest

from app.fitting.formulas.formula import parse
from app.fitting.optimizers import OPTIMIZERS, make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import compressed
from app.fitting.programs.coverage import TOO_LARGE, has_program, why_step_by_step
from app.fitting.programs.descent import Descent
from app.fitting.programs.solution import Solution
from app.fitting.programs.training import program_of
from app.fitting.training import StepByStep, runner_of, start, train
from tests.helpers.programs import SOLVER, everything, fit

LARGE = " + ".join(f"a{k}*cos(b{k}*x)" for k in range(50))
"""More free parameters than a trial has room for."""
LARGE_START = {f"{letter}{k}": 0.1 * k for k in range(50) for letter in "ab"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_a_program_or_says_why_not(name: str) -> None:
    problem = fit("a*x + b", {"a": 1.0, "b": 2.0})
    optimizer = make_optimizer(name)
    program = program_of(problem, optimizer)
    assert (program is not None) is has_program(type(optimizer))
    if program is None:
        assert why_step_by_step(problem, optimizer) == optimizer.step_by_step_because


def test_descent_and_levenberg_marquardt_have_programs_of_their_own() -> None:
    problem = everything()
    assert isinstance(program_of(problem, make_optimizer("adam")), Descent)
    assert isinstance(program_of(problem, SOLVER), Solution)


def test_nodes_have_a_program_for_descent_only() -> None:
    few = compressed(fit("a + b*x", {"a": 1.0, "b": 2.0}, points=40))
    assert few is not None
    assert isinstance(program_of(few, make_optimizer("gradient_descent")), Descent)
    assert program_of(few, SOLVER) is None


def test_a_formula_that_is_too_large_is_trained_step_by_step() -> None:
    problem = fit(LARGE, LARGE_START)
    assert program_of(problem, SOLVER) is None
    assert why_step_by_step(problem, SOLVER) == TOO_LARGE
    assert isinstance(runner_of(problem, SOLVER), StepByStep)
    *_, last = train(problem, SOLVER, start(problem, SOLVER, problem.start), 2, 3600)
    assert last.checkpoint.step == 2
    assert last.checkpoint.loss < problem.loss(problem.start).item()


@pytest.mark.parametrize(
    ("text", "optimizer"),
    [
        (" + ".join(f"a{k}*cos(x + {k})" for k in range(20)), SOLVER),
        ("a0*P99(x) + a1*P98(x) + a2*P97(x)", make_optimizer("adam")),
    ],
    ids=["parameters", "operations"],
)
def test_what_is_too_large_is_told_before_it_is_recorded(
    text: str, optimizer: Optimizer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert program_of(fit(text, dict.fromkeys(parse(text, ["x"]).parameters, 1.0)), optimizer) is None
    assert "its formula has" in caplog.text


def test_what_is_no_problem_has_no_program() -> None:
    class Other:
        points = 1

    assert program_of(Other(), SOLVER) is None  # type: ignore[arg-type]

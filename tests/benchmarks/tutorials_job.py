"""The tutorial's job as our problem."""

import math

import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.compression import CompressedProblem, compressed
from app.fitting.problems.data import sampled_function
from app.fitting.problems.problem import Problem
from tests.benchmarks.tutorials_loop import POINTS, RATE, START

DESCENT = make_optimizer("gradient_descent", learning_rate=RATE)


def tutorial() -> Problem:
    """Return its sine, and its start."""
    formula = parse("a + b * P3(c + d * x)")
    data = sampled_function("sin", [-math.pi, math.pi], POINTS, torch.float64)
    return Problem(formula, data, Parameters(formula.parameters), torch.tensor(START, dtype=torch.float64))


def over_nodes(problem: Problem) -> CompressedProblem:
    few = compressed(problem)
    assert few is not None
    return few

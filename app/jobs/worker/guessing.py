"""What a model of the library knows of its start values: its guesses, and which parameters people mean by it."""

from collections.abc import Collection, Generator, Iterable, Mapping
from functools import partial

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.library import LibraryModel
from app.fitting.problems.problem import Problem
from app.fitting.starts.of_curves import GuessedCurves
from app.fitting.starts.search import Judge


def guessed_of(
    model: LibraryModel, problem: CurveProblem, unknown: Collection[str]
) -> Generator[None, None, GuessedCurves]:
    """Return the start values that a model guesses, for its `unknown` parameters, and those of the problem for others.

    It is a generator that pauses between pieces of work.
    """
    starts = []
    for guess in model.guesses(problem.variables, problem.y):
        starts.append(_filled(problem.start, problem.parameters.free, guess, unknown))
        yield
    projected = torch.stack([problem.project(start) for start in starts])
    return GuessedCurves(projected, None if model.anew is None else partial(_anew, model, unknown))


def judge_of(model: LibraryModel, problem: CurveProblem) -> Judge | None:
    """Return what tells which parameters (any, free) are what people mean by the model."""
    is_sensible = model.is_sensible
    if is_sensible is None:
        return None
    x = next(iter(problem.variables.values()))
    low, high = x.min(), x.max()
    return lambda parameters: is_sensible(problem.parameters.values(parameters.T), low, high)


def _anew(
    model: LibraryModel, unknown: Collection[str], problem: Problem, end: Tensor
) -> Generator[None, None, Tensor]:
    """Return further start values (any, free) of one curve from the end (free,) of a training."""
    starts = []
    for guess in model.guesses_anew(problem.data.variables, problem.data.y, problem.parameters.values(end)):
        starts.append(_filled(problem.start, problem.parameters.free, guess, unknown))
        yield
    return problem.project(torch.stack(starts))


def _filled(start: Tensor, free: Iterable[str], guess: Mapping[str, Tensor], unknown: Collection[str]) -> Tensor:
    filled = start.clone()
    for index, name in enumerate(free):
        if name in unknown:
            filled[index] = guess[name]
    return filled

"""Gauss-Newton updates of many curves near their minima: each curve is updated as long as its updates get shorter.

A single fit ends in the same way, so a curve gets the same digits alone and among others.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import DITHERING_OF_MANY, FIRST_LENGTH, ROUNDED, Update

_MOST_ROUNDS = 30


@dataclass(frozen=True)
class Refined:
    """The end of the refinement of every curve."""

    parameters: Tensor
    """Parameters at the end, (free, curves)."""
    full_rank: Tensor
    """Whether the Jacobian of the parameters that move has full rank, (curves,)."""
    at_minimum: Tensor
    """Whether the linearised problem promises nothing more than rounding, (curves,)."""


def refined(
    problem: CurveProblem, parameters: Tensor, updated: Callable[[CurveProblem, Tensor], Update]
) -> Generator[None, None, Refined]:
    """Update each curve from `parameters` (free, curves) as long as its updates get shorter, and rest between rounds.

    The updates converge linearly: the next one is shorter by the same factor as the last one was. An update that would
    be mere rounding is left out.
    """
    numbers = torch.arange(problem.curves, device=parameters.device)
    parameters, before = parameters.clone(), parameters.new_full((problem.curves,), FIRST_LENGTH)
    full_rank, at_minimum = torch.zeros_like(before, dtype=torch.bool), torch.zeros_like(before, dtype=torch.bool)
    for rounds_before in range(_MOST_ROUNDS):
        update = updated(problem, parameters[:, numbers])
        full_rank[numbers], at_minimum[numbers] = update.full_rank, update.at_minimum
        better = update.full_rank & update.inside & (update.length < DITHERING_OF_MANY * before)
        parameters[:, numbers] = torch.where(better, update.parameters, parameters[:, numbers])
        # No update came before the first: what its length is compared with is a bound.
        rate = update.length / before if rounds_before else torch.ones_like(before)
        # Compared outside of the steps, so what is left of the batch may follow from its numbers.
        goes_on = better & (rate * update.length > ROUNDED * update.rounding)
        numbers, problem, before = numbers[goes_on], problem.take(goes_on.nonzero()[:, 0]), update.length[goes_on]
        if not len(numbers):
            break
        yield
    return Refined(parameters, full_rank, at_minimum)

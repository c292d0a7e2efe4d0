"""Of parameters that are equally good, the plainest: those of the smallest size.

On even points an oscillation has no frequency of its own: others, on both sides of each multiple of the sampling rate,
have the same values there, and so has any phase that is a turn farther. The smallest is what is meant.
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.problems.problem import Problem

_AS_GOOD = 1.01
"""Ratio of two losses that count as equal."""
_NEGATIVE = 1.01
"""How much larger a negative number is than a positive one: of two of equal size, the positive one is plainer."""
_THE_SAME = 1.001
"""Ratio of the losses of two candidates that may well be the same."""


@dataclass(frozen=True)
class Size:
    """Norm of the parameters that the model is not linear in, each by how much the model changes with it."""

    origin: Tensor
    """Where each is smallest, (free,): at 0, or at its start if that is known."""
    scale: Tensor
    """(free,)"""

    @classmethod
    def near(cls, problem: Problem, parameters: Tensor, unknown: Collection[str], linear: Collection[str]) -> "Size":
        """With the derivatives at `parameters` (free,)."""
        device, free = parameters.device, problem.parameters.free
        _, jacobian = problem.residual_and_jacobian(parameters)
        lengths = jacobian.norm(dim=0).nan_to_num(posinf=0.0)
        # What is solved for follows from the others, and may be so large that beside it they would not count.
        counts = torch.tensor([name not in linear for name in free], device=device)
        is_unknown = torch.tensor([name in unknown for name in free], device=device)
        return cls(torch.where(is_unknown, 0.0, problem.start), torch.where(counts, lengths, 0.0))

    def __call__(self, parameters: Tensor) -> Tensor:
        """Sizes (...) of parameters (..., free)."""
        distance = parameters - self.origin
        sizes: Tensor = (torch.where(distance < 0, -_NEGATIVE * distance, distance) * self.scale).norm(dim=-1)
        return sizes

    def without_each(self, parameters: Tensor) -> Tensor:
        """`parameters` (free,) with one of those that count at its smallest, (counting, free)."""
        return (parameters - torch.diag(parameters - self.origin))[self.scale > 0]


@dataclass(frozen=True)
class Ranked:
    """Parameters by their losses, best first."""

    losses: Tensor
    """(candidates,)"""
    parameters: Tensor
    """(candidates, free)"""

    @classmethod
    def of(cls, losses: Tensor, parameters: Tensor) -> "Ranked":
        """Those whose loss is finite."""
        finite = losses.isfinite()
        order = losses[finite].argsort(stable=True)
        return cls(losses[finite][order], parameters[finite][order])

    def joined(self, others: "Ranked") -> "Ranked":
        """These and others."""
        return Ranked.of(torch.cat([self.losses, others.losses]), torch.cat([self.parameters, others.parameters]))

    def distinct(self, count: int) -> Tensor:
        """The best (at most count, free), no two of which are nearly the same in loss: these would have one minimum."""
        chosen: list[int] = []
        highest = -1.0
        for index, loss in enumerate(self.losses.tolist()):
            if loss > highest * _THE_SAME:
                chosen.append(index)
                highest = loss
            if len(chosen) == count:
                break
        return self.parameters[chosen]

    def plainer(self, size: Size, than: Tensor, count: int) -> Tensor:
        """The best (at most count, free) that are plainer than `than` (free,) and than all that are better."""
        sizes = size(self.parameters)
        least_before = torch.cat([size(than)[None], sizes[:-1]]).cummin(dim=0).values
        return self.parameters[sizes < least_before][:count]

    def plainest(self, size: Size, nothing: float) -> Tensor:
        """The plainest (free,) of those that are as good as the best; losses below `nothing` count as equal."""
        good = self.parameters[self.losses <= _AS_GOOD * self.losses[0] + nothing]
        return good[size(good).argmin()]

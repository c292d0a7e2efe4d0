"""The plainest of parameters that are equally good: those of the smallest size.

On even points an oscillation has no frequency of its own: others, on both sides of each multiple of the sampling rate,
have the same values there, and so has any phase that is a full turn farther. People mean the smallest.
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.problems.problem import Problem

_AS_GOOD = 1.01
"""Ratio of two losses that count as equal."""
_NEGATIVE = 1.01
"""Factor by which a negative number counts as larger: if two numbers have equal size, the positive one is plainer."""
_THE_SAME = 1.001
"""Ratio of the losses of two candidates up to which they count as the same."""


@dataclass(frozen=True)
class Size:
    """The norm of the parameters that the model is not linear in, each scaled by how much the model changes with it."""

    origin: Tensor
    """The value at which each parameter is smallest, (free,): 0, or its start if that is known."""
    scale: Tensor
    """The factor of each parameter, (free,): 0 for those that do not count."""

    @classmethod
    def near(cls, problem: Problem, parameters: Tensor, unknown: Collection[str], linear: Collection[str]) -> "Size":
        """Return the size whose scale follows from the derivatives at `parameters` (free,)."""
        device, free = parameters.device, problem.parameters.free
        _, jacobian = problem.residual_and_jacobian(parameters)
        lengths = jacobian.norm(dim=0).nan_to_num(posinf=0.0)
        # Parameters that are solved for follow from the others, and may be so large that these would not count.
        counts = torch.tensor([name not in linear for name in free], device=device)
        is_unknown = torch.tensor([name in unknown for name in free], device=device)
        return cls(torch.where(is_unknown, 0.0, problem.start), torch.where(counts, lengths, 0.0))

    def __call__(self, parameters: Tensor) -> Tensor:
        """Return the sizes (...) of parameters (..., free)."""
        distance = parameters - self.origin
        sizes: Tensor = (torch.where(distance < 0, -_NEGATIVE * distance, distance) * self.scale).norm(dim=-1)
        return sizes

    def without_each(self, parameters: Tensor) -> Tensor:
        """Return copies (counting, free) of `parameters` (free,), each with one of those that count at its smallest."""
        return (parameters - torch.diag(parameters - self.origin))[self.scale > 0]


@dataclass(frozen=True)
class Ranked:
    """Parameters by their losses, best first."""

    losses: Tensor
    """The losses, ascending, (candidates,)."""
    parameters: Tensor
    """The parameters in the same order, (candidates, free)."""

    @classmethod
    def of(cls, losses: Tensor, parameters: Tensor) -> "Ranked":
        """Rank the parameters (candidates, free) whose loss is finite; `losses` is (candidates,)."""
        finite = losses.isfinite()
        order = losses[finite].argsort(stable=True)
        return cls(losses[finite][order], parameters[finite][order])

    def joined(self, others: "Ranked") -> "Ranked":
        """Return these and others, ranked together."""
        return Ranked.of(torch.cat([self.losses, others.losses]), torch.cat([self.parameters, others.parameters]))

    def distinct(self, count: int) -> Tensor:
        """Return the best (at most count, free), no two of them with nearly the same loss: these share a minimum."""
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
        """Return the best (at most count, free) that are plainer than `than` (free,) and than all that are better."""
        sizes = size(self.parameters)
        least_before = torch.cat([size(than)[None], sizes[:-1]]).cummin(dim=0).values
        return self.parameters[sizes < least_before][:count]

    def plainest(self, size: Size, nothing: float) -> Tensor:
        """Return the plainest (free,) of those that are as good as the best; losses below `nothing` count as equal."""
        good = self.parameters[self.losses <= _AS_GOOD * self.losses[0] + nothing]
        return good[size(good).argmin()]

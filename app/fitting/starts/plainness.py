"""The plainest of parameters that are equally good: those whose model moves least, and of these the smallest.

On even points an oscillation has no frequency of its own: others, on both sides of each multiple of the sampling rate,
have the same values there, and so has any phase that is a full turn farther. People mean the slowest.
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.numerics.lengths import column_lengths
from app.fitting.problems.curve_problem import side_by_side
from app.fitting.problems.problem import Problem

_AS_GOOD = 1.01
"""Ratio of two losses that count as equal."""
_GRID = 2048
"""Number of x at which a model's movement is looked at; not in step with the points of any data."""
_AS_CALM = 1.05
"""Ratio of two movements that count as equal."""
_CANCELS_NO_MORE = 1.5
"""Ratio of the sizes of all terms together up to which they count as equal."""
_NEGATIVE = 1.01
"""Factor by which a negative number counts as larger: if two numbers have equal size, the positive one is plainer."""
_THE_SAME_NUMBER = 1e-3
"""Half the relative difference of two numbers up to which they count as the same."""
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
        lengths = column_lengths(jacobian).nan_to_num(posinf=0.0)
        # Parameters that are solved for follow from the others, and may be so large that these would not count.
        counts = torch.tensor([name not in linear for name in free], device=device)
        is_unknown = torch.tensor([name in unknown for name in free], device=device)
        return cls(torch.where(is_unknown, 0.0, problem.start), torch.where(counts, lengths, 0.0))

    def __call__(self, parameters: Tensor) -> Tensor:
        """Return the sizes (...) of parameters (..., free)."""
        distance = parameters - self.origin
        sizes: Tensor = (torch.where(distance < 0, -_NEGATIVE * distance, distance) * self.scale).norm(dim=-1)
        return sizes

    def plainest(self, parameters: Tensor) -> Tensor:
        """Return the plainest (free,) of parameters (any, free)."""
        return parameters[self(parameters).argmin()]

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

    @classmethod
    def none(cls, like: Tensor) -> "Ranked":
        """Return no parameters at all, of the number and format of `like` (..., free)."""
        return cls(like.new_empty(0), like.new_empty(0, like.shape[-1]))

    def joined(self, others: "Ranked") -> "Ranked":
        """Return these and others, ranked together."""
        return Ranked.of(torch.cat([self.losses, others.losses]), torch.cat([self.parameters, others.parameters]))

    def distinct(self, best: int, others: int) -> Tensor:
        """Return parameters (at most best + others, free), no two with nearly the same loss: these share a minimum.

        They are the best, and others evenly chosen from the rest of the better half, which lead to other minima.
        """
        chosen: list[int] = []
        highest = -1.0
        for index, loss in enumerate(self.losses.tolist()):
            if loss > highest * _THE_SAME:
                chosen.append(index)
                highest = loss
        rest = chosen[best : max(len(chosen) // 2, best + others)]
        spread = rest[:: max(len(rest) // others, 1)][:others] if others else []
        return self.parameters[[*chosen[:best], *spread]]

    def plainer(self, size: Size, than: Tensor, count: int) -> Tensor:
        """Return the best (at most count, free) that are plainer than `than` (free,) and than all that are better."""
        sizes = size(self.parameters)
        least_before = torch.cat([size(than)[None], sizes[:-1]]).cummin(dim=0).values
        return self.parameters[sizes < least_before][:count]

    def as_good_as_the_best(self, nothing: float) -> Tensor:
        """Return those (any, free) that are as good as the best, each once; losses below `nothing` count as equal."""
        left = self.parameters[self.losses <= _AS_GOOD * self.losses[0] + nothing]
        different: list[Tensor] = []
        while len(left):
            different.append(left[0])
            is_other = (left - left[0]).abs() > _THE_SAME_NUMBER * (left.abs() + left[0].abs())
            left = left[is_other.any(1)]
        return torch.stack(different)

    def distinct_minima(self, same: float, count: int) -> "Ranked":
        """Return the best (at most count), each of another loss; losses up to the ratio `same` count as one."""
        chosen: list[int] = []
        for index, loss in enumerate(self.losses.tolist()):
            if not chosen or loss > same * self.losses[chosen[-1]].item():
                chosen.append(index)
            if len(chosen) == count:
                break
        return Ranked(self.losses[chosen], self.parameters[chosen])


def calmest(problem: Problem, parameters: Tensor) -> Tensor:
    """Return those of the parameters (any, free), all equally good, whose model moves least between the points.

    The sum of its changes along a fine grid over the range of x is the measure. Of several variables there is no order
    of the points, and all are returned.
    """
    if len(problem.data.variables) > 1 or len(parameters) < 2:
        return parameters
    ((name, x),) = problem.data.variables.items()
    grid = torch.linspace(0, 1, _GRID, dtype=x.dtype, device=x.device) * (x.max() - x.min()) + x.min()
    values = problem.parameters.values(parameters.T[:, None])
    moves = problem.formula({name: grid[:, None]} | values).expand(_GRID, len(parameters)).diff(dim=0).abs().sum(0)
    moves = torch.where(moves.isnan(), torch.inf, moves)
    return parameters[moves <= _AS_CALM * moves.min()]


def least_cancelling(problem: Problem, parameters: Tensor, linear: Collection[str]) -> Tensor:
    """Return those of the parameters (any, free), all equally good, whose terms cancel each other least.

    A sum of terms with `linear` factors may be as good with two large terms that nearly cancel as with small ones.
    """
    places = [problem.parameters.free.index(name) for name in linear]
    if len(places) < 2 or len(parameters) < 2:
        return parameters
    _, jacobian = side_by_side(problem, parameters.T.contiguous()).model_and_jacobian(parameters.T)
    sizes = (jacobian[:, places].norm(dim=0) * parameters.T[places].abs()).sum(0).nan_to_num(torch.inf)
    return parameters[sizes <= _CANCELS_NO_MORE * sizes.min()]

"""Candidates that are drawn when they are needed, and tried: what is linear is solved for, and the loss worked out."""

from collections.abc import Collection, Generator, Sequence

import torch
from torch import Tensor

from app.fitting.problems.curve_problem import CurveProblem, side_by_side
from app.fitting.problems.problem import Problem
from app.fitting.programs.evaluation import evaluated
from app.fitting.starts.candidates import Drawing
from app.fitting.starts.plainness import Ranked
from app.fitting.starts.roles import Roles
from app.fitting.starts.variable_projection import Projected

_AT_ONCE = 1024
"""Most candidates that are tried together."""
_NUMBERS_AT_ONCE = 2**20
"""Most numbers in the columns of all candidates that are tried together."""


class Pool:
    """Candidates for the free parameters of a problem, all of which follow from the problem and a generator's seed."""

    def __init__(
        self,
        problem: Problem,
        unknown: Collection[str],
        linear: Sequence[str],
        roles: Roles,
        generator: torch.Generator,
    ) -> None:
        """Draw those of the `unknown` parameters that are not `linear`; the known ones stay at their start."""
        free = problem.parameters.free
        self._problem = problem
        self.drawn = [name for name in free if name in unknown and name not in linear]
        """Names of the parameters that are drawn."""
        self._drawing = Drawing(problem, self.drawn, roles, generator)
        self._projected = Projected(tuple(free.index(name) for name in linear))
        self._at_once = max(1, min(_AT_ONCE, _NUMBERS_AT_ONCE // (problem.points * (len(linear) + 1))))

    @property
    def is_endless(self) -> bool:
        """Tell whether there is more than one candidate: where all that is unknown is linear, it is solved for."""
        return bool(self.drawn)

    def candidates(self, count: int) -> Tensor:
        """Return candidates (free, count) of which nothing is tried or solved for yet."""
        return self._drawing.candidates(count)

    def solved(self, starts: Tensor) -> Tensor:
        """Return starts (any, free) with their linear parameters solved for."""
        candidates = starts.T.contiguous()
        if candidates.shape[1]:
            solved(side_by_side(self._problem, candidates), candidates, self._projected)
        return candidates.T

    def tried(self, count: int) -> Generator[None, None, Ranked]:
        """Draw and try `count` more candidates, or the only one, and pause between some of them and the next."""
        parameters: list[Tensor] = []
        losses: list[Tensor] = []
        left = count if self.is_endless else 1
        while left > 0:
            candidates = self._drawing.candidates(min(left, self._at_once))
            left -= candidates.shape[1]
            losses.append(solved(side_by_side(self._problem, candidates), candidates, self._projected))
            parameters.append(candidates.T)
            yield
        return Ranked.of(torch.cat(losses), torch.cat(parameters))


def solved(problem: CurveProblem, candidates: Tensor, projected: Projected) -> Tensor:
    """Solve for the linear parameters of candidates (free, curves), in place, and return their losses (curves,)."""
    linear, results = [*projected.linear], None
    if candidates.device.type == "cpu":
        results = evaluated(projected, problem, candidates, len(linear) + 1)
    if results is None:
        *coefficients, losses = projected(problem, candidates)
        results = torch.cat([*coefficients, losses[None]])
    candidates[linear] = results[:-1].to(candidates.dtype)
    return results[-1].to(candidates.dtype)

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
_THE_SAME = 1 + 1e-9
"""Ratio of the losses of parameters that say the same."""


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
        return self._with_losses(starts)[0]

    def upright(self, parameters: Tensor) -> Tensor:
        """Return parameters (free,) with those positive in which the model is even, such as the width of a peak."""
        free = self._problem.parameters.free
        negative = [place for place, name in enumerate(free) if name in self.drawn and parameters[place] < 0]
        if not negative:
            return parameters
        signs = torch.ones(len(negative) + 1, len(free), dtype=parameters.dtype, device=parameters.device)
        signs[range(1, len(signs)), negative] = -1.0
        turned = self._problem.project(parameters * signs)
        is_inside = (turned == parameters * signs).all(1)
        _, losses = self._with_losses(turned)
        even = is_inside & (losses <= _THE_SAME * losses[0])
        all_turned, losses = self._with_losses(torch.stack([parameters, parameters * signs[even].prod(0)]))
        return all_turned[1] if bool(losses[1] <= _THE_SAME * losses[0]) else parameters

    def _with_losses(self, starts: Tensor) -> tuple[Tensor, Tensor]:
        candidates = starts.T.contiguous()
        if not len(starts):
            return starts, starts.new_empty(0)
        losses = solved(side_by_side(self._problem, candidates), candidates, self._projected)
        return candidates.T, losses

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

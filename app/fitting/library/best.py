"""The best of the candidates for the start values of a formula, of which many are tried at once."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.library.sample import Sample
from app.fitting.starts.variable_projection import project

_NUMBERS_AT_ONCE = 2**21
"""Most numbers in the columns of all candidates that are tried together."""

Candidate = Mapping[str, Tensor]
"""Values (curves,) of parameters by name."""


class Best:
    """The best of all candidates so far, for each curve; finite only where a candidate was."""

    def __init__(self, formula: Formula, sample: Sample) -> None:
        self.formula = formula
        self.values = {name: torch.ones_like(sample.low) for name in formula.parameters}
        """Values of all parameters by name, (curves,) each."""
        self.least = torch.full_like(sample.low, torch.inf)
        """The least sum of squares, in a unit of the data's own, (curves,)."""
        self._sample = sample
        self._scale = sample.y.abs().amax(dim=0).clamp(min=torch.finfo(sample.y.dtype).tiny)
        self._nonlinear: tuple[str, ...] = ()
        self._linear = linear_parameters(formula)

    @property
    def nonlinear(self) -> dict[str, Tensor]:
        """Return the values that were not solved for, by parameter."""
        return {name: self.values[name] for name in self._nonlinear}

    def consider(self, candidates: Iterable[Candidate]) -> None:
        """Try candidates for the same parameters; all other parameters are solved for."""
        left = [*candidates]
        points, curves = self._sample.y.shape
        at_once = max(1, _NUMBERS_AT_ONCE // (points * curves * (len(self._linear) + 1)))
        for first in range(0, len(left), at_once):
            self._try(left[first : first + at_once])

    def _try(self, candidates: Sequence[Candidate]) -> None:
        self._nonlinear, count = tuple(candidates[0]), len(candidates)
        linear = [name for name in self._linear if name not in self._nonlinear]
        # One curve has its candidates side by side; so have many, each of them as often as there are candidates.
        y, variables = self._sample.y.repeat(1, count), self._sample.variables
        known = {name: variable.repeat(1, count) for name, variable in variables.items()}
        held = {name: torch.cat([candidate[name] for candidate in candidates]) for name in self._nonlinear}
        projection = project(self.formula, linear, {**known, "y": y, **held}, y)
        squares = (projection.residual / self._scale.repeat(count)).square().sum(0).view(count, -1)
        least, place = torch.where(squares.isnan(), torch.inf, squares).min(0)
        better = least < self.least
        self.least = torch.where(better, least, self.least)
        for name, values in (held | projection.values).items():
            chosen = values.view(count, -1).gather(0, place[None])[0]
            self.values[name] = torch.where(better, chosen, self.values[name])

"""Results of many curves: of their training, and of the whole fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.histories import ends_of
from app.fitting.statistics import Statistics


@dataclass(frozen=True)
class Trained:
    """The end of the training of many curves."""

    parameters: Tensor
    """Parameters at the end, (free, curves)."""
    steps: Tensor
    """Number of updates of each curve, (curves,), int64."""
    reasons: list[str]
    """Reason why the training of each curve ended, as in `Stop`."""
    losses: Tensor
    """Losses of the steps 0, 1, ... of the first curve, then those of the next, and so on."""
    inverse: Tensor | None = None
    """Inverse (J^T J)^-1, (free, free), if all curves share it and it has more digits than J gives; else None."""
    compressed: bool = False
    """Whether few nodes stood for all points."""
    by_program: bool = False
    """Whether programs took the steps."""


@dataclass(frozen=True)
class CurveResults:
    """Results of many curves, with one entry for each, in the order of the curves."""

    coefficients: Mapping[str, Tensor]
    """Value of each parameter by name, (curves,)."""
    stderr: Mapping[str, Tensor]
    """Standard error of each parameter by name, (curves,); NaN where there is none."""
    final_loss: Tensor
    """Loss at the end, (curves,)."""
    steps: Tensor
    """Number of updates of each curve, (curves,), int64."""
    reasons: Sequence[str]
    """Reason why the training of each curve ended, as in `Stop`."""
    losses: Tensor
    """Losses of the steps 0, 1, ... of the first curve, then those of the next, and so on."""
    compressed: bool = False
    """Whether few nodes stood for all points."""
    by_program: bool = False
    """Whether programs took the steps."""
    statistics: Statistics | None = None
    """Statistics of all curves together in a global fit; None in any other fit."""

    @property
    def offsets(self) -> Tensor:
        """Return where in `losses` each curve begins, and where the last one ends, (curves + 1,)."""
        return torch.cat([self.steps.new_zeros(1), ends_of(self.steps)])

    def summed_losses(self) -> Tensor:
        """Return the sum over the curves of the loss after each step, (steps + 1,).

        A curve that has ended keeps its last loss. Losses that are not finite do not count.
        """
        longest = int(self.steps.max()) + 1
        step = torch.arange(longest, device=self.losses.device)[:, None]
        index = self.offsets[:-1] + step.minimum(self.steps)
        return self.losses[index].double().nan_to_num(0.0, 0.0, 0.0).sum(1)

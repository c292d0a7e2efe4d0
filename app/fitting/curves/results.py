"""What many curves end with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.histories import ends_of
from app.fitting.statistics import Statistics


@dataclass(frozen=True)
class Trained:
    """How the training of curves ended."""

    parameters: Tensor
    """(free, curves)"""
    steps: Tensor
    """Updates, (curves,), int64."""
    reasons: list[str]
    losses: Tensor
    """Of the steps 0, 1, ... of the first curve, then of the next."""
    inverse: Tensor | None = None
    """(J^T J)^-1, (free, free), if it is the same for all curves and known to more digits than J gives."""
    compressed: bool = False
    """Whether few points stood for all of them."""


@dataclass(frozen=True)
class CurveResults:
    """One entry a curve, in the order of the curves."""

    coefficients: Mapping[str, Tensor]
    """(curves,) by name of the parameter."""
    stderr: Mapping[str, Tensor]
    """(curves,) by name; NaN where there is none."""
    final_loss: Tensor
    """(curves,)"""
    steps: Tensor
    """Updates, (curves,), int64."""
    reasons: Sequence[str]
    losses: Tensor
    """Loss of the steps 0, 1, ... of the first curve, then of the next."""
    compressed: bool = False
    """Whether few points stood for all of them."""
    statistics: Statistics | None = None
    """Of a global fit, of all curves together."""

    @property
    def offsets(self) -> Tensor:
        """Where in `losses` each curve begins, and where the last ends, (curves + 1,)."""
        return torch.cat([self.steps.new_zeros(1), ends_of(self.steps)])

    def summed_losses(self) -> Tensor:
        """Sum over the curves of the loss after each step, (steps + 1,); a curve that has ended keeps its last.

        Losses that are not finite do not count.
        """
        longest = int(self.steps.max()) + 1
        step = torch.arange(longest, device=self.losses.device)[:, None]
        index = self.offsets[:-1] + step.minimum(self.steps)
        return self.losses[index].double().nan_to_num(0.0, 0.0, 0.0).sum(1)

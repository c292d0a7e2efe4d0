"""Results of many curves: of their training, and of the whole fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

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
    threshold: Tensor | None = None
    """Threshold of a robust loss, (curves,)."""

    @classmethod
    def of_none(cls, parameters: Sequence[str]) -> "CurveResults":
        """Return the results of no curve of a model with these parameters."""
        none = torch.empty(0, dtype=torch.float64)
        columns = dict.fromkeys(parameters, none)
        return cls(columns, columns, none, torch.empty(0, dtype=torch.int64), [], none)

    @property
    def offsets(self) -> Tensor:
        """Return where in `losses` each curve begins, and where the last one ends, (curves + 1,)."""
        return torch.cat([self.steps.new_zeros(1), ends_of(self.steps)])

    @property
    def histories(self) -> Sequence[Tensor]:
        """Return the losses of each curve, (steps + 1,) each."""
        histories: Sequence[Tensor] = self.losses.split((self.steps + 1).tolist())
        return histories

    def take(self, curves: Sequence[int]) -> "CurveResults":
        """Return the results of the curves with these numbers, of which there is one or more."""
        places, histories = torch.tensor(curves, device=self.steps.device), self.histories
        return replace(
            self,
            coefficients={name: values[places] for name, values in self.coefficients.items()},
            stderr={name: values[places] for name, values in self.stderr.items()},
            final_loss=self.final_loss[places],
            steps=self.steps[places],
            reasons=[self.reasons[curve] for curve in curves],
            losses=torch.cat([histories[curve] for curve in curves]),
        )

    def with_others(self, curves: Sequence[int], others: "CurveResults") -> "CurveResults":
        """Return the results with `others` in place of those of the curves with these numbers."""
        places, reasons, histories = torch.tensor(curves, device=self.steps.device), [*self.reasons], [*self.histories]
        for curve, reason, history in zip(curves, others.reasons, others.histories, strict=True):
            reasons[curve], histories[curve] = reason, history

        def replaced(mine: Tensor, theirs: Tensor) -> Tensor:
            return mine.index_copy(0, places, theirs)

        return replace(
            self,
            coefficients={name: replaced(old, others.coefficients[name]) for name, old in self.coefficients.items()},
            stderr={name: replaced(old, others.stderr[name]) for name, old in self.stderr.items()},
            final_loss=replaced(self.final_loss, others.final_loss),
            steps=replaced(self.steps, others.steps),
            reasons=reasons,
            losses=torch.cat(histories),
        )

    def among(self, places: Tensor, curves: int, reason: str) -> "CurveResults":
        """Return the results of so many curves, of which these have the numbers `places`, (trained,).

        The others have no numbers, and end with the given reason after no step.
        """

        def spread(values: Tensor, filler: float) -> Tensor:
            every = values.new_full((curves,), filler)
            every[places] = values
            return every

        steps = spread(self.steps, 0)
        reasons = [reason] * curves
        for place, of_trained in zip(places.tolist(), self.reasons, strict=True):
            reasons[place] = of_trained
        is_trained = torch.zeros(curves, dtype=torch.bool, device=places.device)
        is_trained[places] = True
        losses = self.losses.new_full((int(steps.sum()) + curves,), torch.nan)
        losses[is_trained.repeat_interleave(steps + 1)] = self.losses
        return replace(
            self,
            coefficients={name: spread(values, torch.nan) for name, values in self.coefficients.items()},
            stderr={name: spread(values, torch.nan) for name, values in self.stderr.items()},
            final_loss=spread(self.final_loss, torch.nan),
            steps=steps,
            reasons=reasons,
            losses=losses,
            threshold=None if self.threshold is None else spread(self.threshold, torch.nan),
        )

    def summed_losses(self) -> Tensor:
        """Return the sum over the curves of the loss after each step, (steps + 1,).

        A curve that has ended keeps its last loss. Losses that are not finite do not count.
        """
        longest = int(self.steps.max()) + 1
        step = torch.arange(longest, device=self.losses.device)[:, None]
        index = self.offsets[:-1] + step.minimum(self.steps)
        return self.losses[index].double().nan_to_num(0.0, 0.0, 0.0).sum(1)

"""Loss histories of different lengths in one tensor: those of the first curve, then of the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


def ends_of(steps: Tensor) -> Tensor:
    """Where each curve's history ends, (curves,), if curves have done so many steps, (curves,)."""
    return (steps + 1).cumsum(0)


@dataclass
class Trials:
    """Losses of the curves of a batch, trial by trial, as they came."""

    numbers: list[Tensor] = field(default_factory=list)
    """Numbers of the curves of each trial."""
    losses: list[Tensor] = field(default_factory=list)
    accepted: list[Tensor] = field(default_factory=list)
    """Which curves' loss the trial made smaller."""

    def add(self, numbers: Tensor, losses: Tensor, accepted: Tensor) -> None:
        """One trial of some curves; (some,) each."""
        self.numbers.append(numbers)
        self.losses.append(losses)
        self.accepted.append(accepted)

    def history(self, first: Tensor, steps: Tensor, final: Tensor) -> Tensor:
        """Losses of the steps 0, 1, ... of each curve, from the first loss to the final one, (curves,) each."""
        ends = ends_of(steps)
        history = first.new_empty(int(steps.sum()) + len(first))
        is_first = torch.zeros_like(history, dtype=torch.bool)
        is_first[ends - steps - 1] = True
        if self.losses:
            accepted = torch.cat(self.accepted)
            number, loss = torch.cat(self.numbers)[accepted], torch.cat(self.losses)[accepted]
            history[~is_first] = loss[number.argsort(stable=True)]
        history[is_first] = first
        history[ends - 1] = final
        return history


def history_of_table(table: Tensor, steps: Tensor) -> Tensor:
    """From the losses (any, curves) of all steps of all curves, of which each curve has done so many."""
    done = torch.arange(len(table), device=table.device)[:, None] <= steps
    return table.T[done.T]


def replaced(history: Tensor, steps: Tensor, others: Mapping[int, Sequence[float]]) -> Tensor:
    """The histories of `steps` (curves,), with those of some curves replaced."""
    parts = list(history.split((steps + 1).tolist()))
    for curve, losses in others.items():
        parts[curve] = history.new_tensor(losses)
    return torch.cat(parts)

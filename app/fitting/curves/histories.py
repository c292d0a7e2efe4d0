"""Loss histories of different lengths in one tensor: that of the first curve, then that of the next, and so on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


def ends_of(steps: Tensor) -> Tensor:
    """Return where each curve's history ends, (curves,), if the curves have done `steps` (curves,) steps."""
    return (steps + 1).cumsum(0)


@dataclass
class Trials:
    """Losses of the curves of a batch, one tensor for each trial."""

    numbers: list[Tensor] = field(default_factory=list)
    """Numbers of the curves that took part in each trial."""
    losses: list[Tensor] = field(default_factory=list)
    """Losses of these curves after each trial."""
    accepted: list[Tensor] = field(default_factory=list)
    """Whether the trial made the loss of each of these curves smaller."""
    first: Tensor | None = None
    """Losses of all curves before the first trial, (curves,)."""

    def add(self, numbers: Tensor, losses: Tensor, accepted: Tensor) -> None:
        """Add one trial of the curves with these `numbers`; all tensors have the same length."""
        self.numbers.append(numbers)
        self.losses.append(losses)
        self.accepted.append(accepted)

    def history(self, steps: Tensor, final: Tensor) -> Tensor:
        """Return the losses of the steps 0, 1, ... of each curve, from its first loss to its `final` one.

        `steps` and `final` are (curves,).
        """
        first, ends = final if self.first is None else self.first, ends_of(steps)
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
    """Return the histories of `steps` (curves,), from a table of losses (at least the most steps + 1, curves)."""
    if bool((steps == len(table) - 1).all()):
        return table.T.flatten()
    done = torch.arange(len(table), device=table.device)[:, None] <= steps
    return table.T[done.T]


def replaced(history: Tensor, steps: Tensor, others: Mapping[int, Sequence[float]]) -> Tensor:
    """Return the histories of `steps` (curves,), with those of the curves in `others` replaced."""
    parts = list(history.split((steps + 1).tolist()))
    for curve, losses in others.items():
        parts[curve] = history.new_tensor(losses)
    return torch.cat(parts)

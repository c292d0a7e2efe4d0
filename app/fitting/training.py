"""Problem x optimizer -> chunks of steps, each with its losses and a checkpoint to go on from.

A run that goes on from a checkpoint computes bit for bit what the undisturbed run computes: steps are pure functions
of the checkpoint, and how many of them make a chunk changes nothing.
"""

import io
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import Objective, Optimizer, State


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands: enough to go on with the same history as if nothing had happened."""

    step: int
    """Updates done."""
    parameters: Tensor
    """(parameters,)"""
    state: State
    loss: float
    """Of these parameters."""

    def to_bytes(self) -> bytes:
        """For the store."""
        buffer = io.BytesIO()
        torch.save([self.step, self.parameters.cpu(), {k: v.cpu() for k, v in self.state.items()}, self.loss], buffer)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, device: str = "cpu") -> "Checkpoint":
        """Back from the store; refuses to load anything but tensors and plain values."""
        return cls(*torch.load(io.BytesIO(data), map_location=device, weights_only=True))


@dataclass(frozen=True)
class Stop:
    """Why a training ended."""

    reason: str
    """`max_steps`, `diverged` or `nonfinite`."""
    message: str
    step: int
    """At which step it happened."""

    @property
    def succeeded(self) -> bool:
        """Whether the coefficients are those that were asked for."""
        return self.reason == "max_steps"


@dataclass(frozen=True)
class Chunk:
    """Some steps of a training."""

    first_step: int
    losses: list[float]
    """Of the steps first_step ... checkpoint.step - 1; the loss of checkpoint.step stands in the checkpoint."""
    checkpoint: Checkpoint
    stop: Stop | None


def start(objective: Objective, optimizer: Optimizer, parameters: Tensor) -> Checkpoint:
    """The checkpoint before the first step from `parameters` (parameters,)."""
    return Checkpoint(0, parameters, optimizer.init(parameters), _loss(objective, parameters))


def train(
    objective: Objective, optimizer: Optimizer, checkpoint: Checkpoint, steps: int, chunk_seconds: float
) -> Iterator[Chunk]:
    """Train up to `steps` updates in all, in chunks of about `chunk_seconds`; the last chunk carries the stop."""
    if not math.isfinite(checkpoint.loss):
        yield Chunk(checkpoint.step, [], checkpoint, Stop("nonfinite", _NONFINITE_START, checkpoint.step))
        return
    while True:
        chunk = _run_chunk(objective, optimizer, checkpoint, steps, chunk_seconds)
        yield chunk
        if chunk.stop is not None:
            return
        checkpoint = chunk.checkpoint


_NONFINITE_START = "the loss is not a finite number at the start values: choose others, at which the model has a value"


def _run_chunk(
    objective: Objective, optimizer: Optimizer, checkpoint: Checkpoint, steps: int, chunk_seconds: float
) -> Chunk:
    deadline = time.monotonic() + chunk_seconds
    parameters, state = checkpoint.parameters, checkpoint.state
    losses: list[Tensor] = []
    while checkpoint.step + len(losses) < steps:
        parameters, state, loss = optimizer.step(objective, parameters, state)
        losses.append(loss)
        if time.monotonic() >= deadline:
            break
    # Only here the host asks the device for numbers: a look at every step would make a GPU wait.
    history = torch.stack(losses).double().tolist() if losses else []
    end = Checkpoint(checkpoint.step + len(losses), parameters, state, _loss(objective, parameters))
    finite = _leading_finite([*history, end.loss])
    if finite <= len(history):
        return _diverged(objective, optimizer, checkpoint, history[:finite])
    stop = Stop("max_steps", f"all {steps} steps are done", end.step) if end.step >= steps else None
    return Chunk(checkpoint.step, history, end, stop)


def _diverged(objective: Objective, optimizer: Optimizer, checkpoint: Checkpoint, finite: list[float]) -> Chunk:
    """The steps up to the last finite loss, taken again to get the parameters that belong to it."""
    parameters, state = checkpoint.parameters, checkpoint.state
    for _ in finite[1:]:
        parameters, state, _ = optimizer.step(objective, parameters, state)
    last = Checkpoint(checkpoint.step + len(finite) - 1, parameters, state, finite[-1])
    message = f"the loss is not a finite number after step {last.step + 1}: try a smaller learning_rate or other starts"
    return Chunk(checkpoint.step, finite[:-1], last, Stop("diverged", message, last.step + 1))


def _leading_finite(losses: list[float]) -> int:
    return next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))


def _loss(objective: Objective, parameters: Tensor) -> float:
    with torch.no_grad():
        return objective(parameters).item()

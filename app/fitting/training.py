"""Training of a problem by an optimizer, in chunks of steps, each with its losses and a checkpoint to go on from.

A run that goes on from a checkpoint computes bit for bit what the undisturbed run computes: steps are pure functions
of the checkpoint, and how many of them make a chunk changes nothing.
"""

import io
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from app.fitting.optimizers.base import Optimizer, State
from app.fitting.problems.objective import Objective, loss_and_gradient


@dataclass(frozen=True)
class Checkpoint:
    """All that a training needs to go on with the same history as if nothing had happened."""

    step: int
    """Number of updates done."""
    parameters: Tensor
    """Parameters after these updates, (parameters,)."""
    state: State
    """State of the optimizer after these updates."""
    loss: float
    """Loss at these parameters."""

    @property
    def finite(self) -> bool:
        """Tell whether loss and parameters are finite numbers; a loss can be finite where a parameter is not."""
        return math.isfinite(self.loss) and bool(self.parameters.isfinite().all())

    def to_bytes(self) -> bytes:
        """Return the checkpoint as bytes for the store."""
        buffer = io.BytesIO()
        torch.save([self.step, self.parameters.cpu(), {k: v.cpu() for k, v in self.state.items()}, self.loss], buffer)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, device: str = "cpu") -> "Checkpoint":
        """Return the checkpoint that `to_bytes` wrote; refuse to load anything but tensors and plain values."""
        return cls(*torch.load(io.BytesIO(data), map_location=device, weights_only=True))


def resumed(optimizer: Optimizer, checkpoint: Checkpoint) -> Checkpoint:
    """Return the checkpoint to go on from.

    Its state begins anew if it was written by another version of the optimizer, which remembers other things.
    """
    fresh = optimizer.init(checkpoint.parameters)
    return checkpoint if checkpoint.state.keys() == fresh.keys() else replace(checkpoint, state=fresh)


SUCCEEDED = ("converged", "singular", "max_steps", "timeout")
"""Reasons for which a training ends with the coefficients that were asked for."""


@dataclass(frozen=True)
class Stop:
    """Why a training ended."""

    reason: str
    """Name of the reason: `converged`, `singular`, `max_steps`, `timeout`, `diverged` or `nonfinite`."""
    message: str
    """Explanation in words for people."""
    step: int
    """Number of the step at which it ended."""
    criterion: str | None = None
    """Test of convergence that decided it: `gradient`, `step`, `cost`, `bound` or `solved`; None without one."""

    @property
    def succeeded(self) -> bool:
        """Tell whether the coefficients are those that were asked for."""
        return self.reason in SUCCEEDED


@dataclass(frozen=True)
class Chunk:
    """Several steps of a training, one after another."""

    first_step: int
    """Number of the first step."""
    losses: list[float]
    """Losses of the steps first_step ... checkpoint.step - 1; that of checkpoint.step stands in the checkpoint."""
    checkpoint: Checkpoint
    """Checkpoint after the last step."""
    stop: Stop | None
    """Why the training ended with this chunk; None if it goes on."""


def start(objective: Objective, optimizer: Optimizer, parameters: Tensor) -> Checkpoint:
    """Return the checkpoint before the first step from `parameters` (parameters,)."""
    return Checkpoint(0, parameters, optimizer.init(parameters), _loss(objective, parameters))


class Runner(Protocol):
    """Another way to take the steps of a training, many at a time, such as a program."""

    def steps_in(self, seconds: float) -> int:
        """Return how many steps, at least one, are likely to take so many seconds."""

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take `steps` updates, or fewer if the training ends before.

        Returns parameters and state after them, and the losses before each, (steps,) or (steps, curves).
        """


def train(
    objective: Objective,
    optimizer: Optimizer,
    checkpoint: Checkpoint,
    steps: int,
    chunk_seconds: float,
    max_seconds: float = math.inf,
    find_runner: Callable[[], Runner | None] = lambda: None,
) -> Iterator[Chunk]:
    """Train up to `steps` updates in all, in chunks of about `chunk_seconds`; the last chunk has a stop.

    The training also stops at the end of the first chunk that ends more than `max_seconds` from now. Before each chunk
    `find_runner` is asked for another way to take its steps.
    """
    deadline = time.monotonic() + max_seconds
    if not checkpoint.finite:
        yield Chunk(checkpoint.step, [], checkpoint, Stop("nonfinite", _NONFINITE_START, checkpoint.step))
        return
    while True:
        chunk_seconds = min(chunk_seconds, max(deadline - time.monotonic(), 0.0))
        runner = find_runner()
        if runner is None or checkpoint.step >= steps:
            chunk = _run_chunk(objective, optimizer, checkpoint, steps, chunk_seconds)
        else:
            chunk = _run_by_runner(objective, optimizer, runner, checkpoint, steps, chunk_seconds)
        if chunk.stop is None and time.monotonic() >= deadline:
            step = chunk.checkpoint.step
            chunk = replace(chunk, stop=Stop("timeout", f"its time was up after {step} steps", step))
        yield chunk
        if chunk.stop is not None:
            return
        checkpoint = chunk.checkpoint


_GO_ELSEWHERE = "try other start values, or bounds: the loss may have no minimum"
_GO_ROUND = "choose start values, or points x, away from places such as sqrt(0)"
_NONFINITE_START = "the loss is not a finite number at the start values: choose others, at which the model has a value"


def _run_chunk(
    objective: Objective, optimizer: Optimizer, checkpoint: Checkpoint, steps: int, chunk_seconds: float
) -> Chunk:
    deadline = time.monotonic() + chunk_seconds
    parameters, state = checkpoint.parameters, checkpoint.state
    losses: list[Tensor] = []
    while checkpoint.step + len(losses) < steps and not optimizer.done(state):
        parameters, state, loss = optimizer.step(objective, parameters, state)
        losses.append(loss)
        if time.monotonic() >= deadline:
            break
    # Only here the host asks the device for numbers: a look at every step would make a GPU wait.
    history = torch.stack(losses).double().tolist() if losses else []
    end = Checkpoint(checkpoint.step + len(losses), parameters, state, _loss(objective, parameters))
    if not (end.finite and all(map(math.isfinite, history))):
        return _diverged(objective, optimizer, checkpoint)
    return Chunk(checkpoint.step, history, end, _stop(optimizer, end, steps))


def _run_by_runner(
    objective: Objective,
    optimizer: Optimizer,
    runner: Runner,
    checkpoint: Checkpoint,
    steps: int,
    chunk_seconds: float,
) -> Chunk:
    most = min(runner.steps_in(chunk_seconds), steps - checkpoint.step)
    parameters, state, losses = runner.run(checkpoint.parameters, checkpoint.state, most)
    history, count = losses.double(), len(losses)
    end = Checkpoint(checkpoint.step + count, parameters, state, _loss(objective, parameters))
    if end.finite and bool(history.isfinite().all()):
        return Chunk(checkpoint.step, history.tolist(), end, _stop(optimizer, end, steps))
    # Where exactly it diverged is found step by step, from a little before the first loss that is not finite.
    bad = (~history.isfinite()).nonzero()
    well = (int(bad[0, 0]) if len(bad) else count) - 2
    if well < 1:
        return _diverged(objective, optimizer, checkpoint)
    parameters, state, losses = runner.run(checkpoint.parameters, checkpoint.state, well)
    last = Checkpoint(checkpoint.step + well, parameters, state, _loss(objective, parameters))
    rest = _diverged(objective, optimizer, last)
    return replace(rest, first_step=checkpoint.step, losses=losses.double().tolist() + rest.losses)


def _stop(optimizer: Optimizer, end: Checkpoint, steps: int) -> Stop | None:
    done = optimizer.done(end.state)
    if done:
        return Stop(done.reason, done.message, end.step, done.criterion)
    return Stop("max_steps", f"all {steps} steps are done", end.step) if end.step >= steps else None


def _diverged(objective: Objective, optimizer: Optimizer, checkpoint: Checkpoint) -> Chunk:
    """Take the steps of a chunk again, one by one, up to the last with finite loss and parameters."""
    last, losses = checkpoint, []
    while True:
        parameters, state, _ = optimizer.step(objective, last.parameters, last.state)
        following = Checkpoint(last.step + 1, parameters, state, _loss(objective, parameters))
        if not following.finite:
            break
        losses.append(last.loss)
        last = following
    _, gradient = loss_and_gradient(objective, last.parameters)
    if gradient.isfinite().all():
        slower = optimizer.slower_by
        advice = f"try a smaller {slower} or other start values" if slower else _GO_ELSEWHERE
        message = f"loss or parameters are not finite after step {following.step}: {advice}"
        return Chunk(checkpoint.step, losses, last, Stop("diverged", message, following.step))
    message = f"a derivative of the model has no finite value after step {last.step}: {_GO_ROUND}"
    return Chunk(checkpoint.step, losses, last, Stop("nonfinite", message, last.step))


def _loss(objective: Objective, parameters: Tensor) -> float:
    with torch.no_grad():
        return objective.loss(parameters).item()

"""Training of a problem by an optimizer, in chunks of steps, each with its losses and a checkpoint to go on from.

A run that goes on from a checkpoint computes bit for bit what the undisturbed run computes: steps are pure functions
of the checkpoint, and how many of them make a chunk changes nothing.
"""

import io
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from app.fitting.optimizers.base import Optimizer, State
from app.fitting.problems.objective import Objective, loss_and_gradient
from app.fitting.programs.training import program_of


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
        return math.isfinite(self.loss) and all(map(math.isfinite, self.parameters.tolist()))

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
    if checkpoint.state.keys() == fresh.keys():
        return checkpoint
    missing = {name: fresh[name] for name in optimizer.later_states if name not in checkpoint.state}
    state = {**checkpoint.state, **missing}
    return replace(checkpoint, state=state if state.keys() == fresh.keys() else fresh)


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


class Runner(Protocol):
    """A way to take the steps of a training, many at a time."""

    careful_steps: int
    """Number of steps of the last run that no program took."""

    def loss(self, parameters: Tensor) -> float:
        """Return the loss at parameters (free,)."""

    def steps_in(self, seconds: float) -> int:
        """Return how many steps, at least one, are likely to take so many seconds."""

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take up to `steps` updates, at least one if the training has not ended.

        Returns parameters and state after them, and the losses before each, (steps,).
        """


class StepByStep:
    """The steps of an optimizer as they stand, one after another."""

    def __init__(self, objective: Objective, optimizer: Optimizer) -> None:
        self.careful_steps = 0
        """Number of steps of the last run: none is taken by a program."""
        self._objective, self._optimizer = objective, optimizer
        self._seconds = math.inf

    def loss(self, parameters: Tensor) -> float:
        """Return the loss at parameters (free,)."""
        with torch.no_grad():
            return self._objective.loss(parameters).item()

    def steps_in(self, seconds: float) -> int:
        """Return any number of steps: a run ends by itself after so many seconds."""
        self._seconds = seconds
        return 2**62

    def run(self, parameters: Tensor, state: State, steps: int) -> tuple[Tensor, State, Tensor]:
        """Take up to `steps` updates of parameters (free,), until the time is up or the training has ended.

        Returns parameters and state after them, and the losses before each, (steps,).
        """
        deadline = time.monotonic() + self._seconds
        losses: list[Tensor] = []
        while len(losses) < steps and not self._optimizer.done(state):
            parameters, state, loss = self._optimizer.step(self._objective, parameters, state)
            losses.append(loss)
            if time.monotonic() >= deadline:
                break
        self.careful_steps = len(losses)
        # Only here the host asks the device for numbers: a look at every step would make a GPU wait.
        return parameters, state, torch.stack(losses) if losses else parameters.new_empty(0)


def runner_of(objective: Objective, optimizer: Optimizer) -> Runner:
    """Return the program of a training on the CPU; step by step where there is none, as `programs.coverage` says."""
    return program_of(objective, optimizer) or StepByStep(objective, optimizer)


def start(objective: Objective, optimizer: Optimizer, parameters: Tensor, runner: Runner | None = None) -> Checkpoint:
    """Return the checkpoint before the first step from `parameters` (parameters,)."""
    runner = runner or runner_of(objective, optimizer)
    return Checkpoint(0, parameters, optimizer.init(parameters), runner.loss(parameters))


def train(
    objective: Objective,
    optimizer: Optimizer,
    checkpoint: Checkpoint,
    steps: int,
    chunk_seconds: float,
    max_seconds: float = math.inf,
    runner: Runner | None = None,
) -> Iterator[Chunk]:
    """Train up to `steps` updates in all, in chunks of about `chunk_seconds`; the last chunk has a stop.

    The training also stops at the end of the first chunk that ends more than `max_seconds` from now. Without a
    `runner` that of `runner_of` takes the steps.
    """
    deadline = time.monotonic() + max_seconds
    if not checkpoint.finite:
        yield Chunk(checkpoint.step, [], checkpoint, Stop("nonfinite", _NONFINITE_START, checkpoint.step))
        return
    runner = runner or runner_of(objective, optimizer)
    while True:
        chunk_seconds = min(chunk_seconds, max(deadline - time.monotonic(), 0.0))
        chunk = _chunk(objective, optimizer, runner, checkpoint, steps, chunk_seconds)
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


def _chunk(
    objective: Objective,
    optimizer: Optimizer,
    runner: Runner,
    checkpoint: Checkpoint,
    steps: int,
    chunk_seconds: float,
) -> Chunk:
    if checkpoint.step >= steps or optimizer.done(checkpoint.state):
        return Chunk(checkpoint.step, [], checkpoint, _stop(optimizer, checkpoint, steps))
    most = min(runner.steps_in(chunk_seconds), steps - checkpoint.step)
    end, history = _run(runner, checkpoint, most)
    if end.finite and all(map(math.isfinite, history)):
        return Chunk(checkpoint.step, history, end, _stop(optimizer, end, steps))
    return _diverged(objective, optimizer, runner, checkpoint, history)


def _run(runner: Runner, checkpoint: Checkpoint, steps: int) -> tuple[Checkpoint, list[float]]:
    parameters, state, losses = runner.run(checkpoint.parameters, checkpoint.state, steps)
    history: list[float] = losses.double().tolist()
    return Checkpoint(checkpoint.step + len(history), parameters, state, runner.loss(parameters)), history


def _stop(optimizer: Optimizer, end: Checkpoint, steps: int) -> Stop | None:
    done = optimizer.done(end.state)
    if done:
        return Stop(done.reason, done.message, end.step, done.criterion)
    return Stop("max_steps", f"all {steps} steps are done", end.step) if end.step >= steps else None


def _diverged(
    objective: Objective, optimizer: Optimizer, runner: Runner, checkpoint: Checkpoint, history: list[float]
) -> Chunk:
    """Take the steps of a chunk again, up to the last with finite loss and parameters.

    `history` are the losses before each step; what is not finite stays so.
    """
    last, losses, well = checkpoint, list[float](), 0
    bad = next((place for place, loss in enumerate(history) if not math.isfinite(loss)), len(history))
    tried = bad - 1
    while well < tried:
        end, before = _run(runner, checkpoint, tried)
        if end.finite:
            last, losses, well = end, before, tried
        else:
            bad = tried
        tried = (well + bad) // 2
    _, gradient = loss_and_gradient(objective, last.parameters)
    if gradient.isfinite().all():
        slower = optimizer.slower_by
        advice = f"try a smaller {slower} or other start values" if slower else _GO_ELSEWHERE
        message = f"loss or parameters are not finite after step {last.step + 1}: {advice}"
        return Chunk(checkpoint.step, losses, last, Stop("diverged", message, last.step + 1))
    message = f"a derivative of the model has no finite value after step {last.step}: {_GO_ROUND}"
    return Chunk(checkpoint.step, losses, last, Stop("nonfinite", message, last.step))

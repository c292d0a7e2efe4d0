"""Fits of one shape from different requests, trained by one compiled loop side by side.

Each keeps its own learning rate, steps, data, cancel and failure; one that ends leaves the others.
"""

import time
from collections import defaultdict
from collections.abc import Sequence

import torch
from sqlalchemy import Engine
from torch import Tensor

from app.fitting.programs.loop import OneFit
from app.fitting.training import Checkpoint, Chunk, Stop
from app.jobs.store.attempts import Attempt, ChunkReport, report_chunks
from app.jobs.worker.driver import driven
from app.jobs.worker.one_curve import Training

Trainings = dict[Attempt, Training]

_FIRST_STEPS = 200


class _Member:
    """One of the fits that are trained together, and its numbers for the loop."""

    def __init__(self, attempt: Attempt, training: Training, runner: OneFit) -> None:
        self.attempt, self.training, self.runner = attempt, training, runner

    @property
    def left(self) -> int:
        """Return the number of steps that are left to do."""
        return self.training.steps - self.training.checkpoint.step

    @property
    def kind(self) -> tuple[object, ...]:
        """Return a key that is equal for fits that fit into one tensor."""
        sizes = sorted((name, tensor.shape[:-1]) for name, tensor in self.runner.numbers.items())
        return (self.runner.key, tuple(sizes))


def train_together(engine: Engine, trainings: Trainings, chunk_seconds: float) -> Trainings:
    """Train the fits for which there is a loop until each ends, is cancelled or in other hands; return the others."""
    kinds: defaultdict[tuple[object, ...], list[_Member]] = defaultdict(list)
    others = {}
    for attempt, training in trainings.items():
        runner = training.loop.find()
        member = None
        if isinstance(runner, OneFit) and training.checkpoint.finite:
            member = _Member(attempt, training, runner)
        if member is None or not member.left:
            others[attempt] = training
        else:
            kinds[member.kind].append(member)
    for members in kinds.values():
        others |= _trained(engine, members, chunk_seconds)
    return others


def _reported(engine: Engine, member: _Member, chunk: Chunk) -> ChunkReport:
    return driven(engine, member.attempt, member.training.work.fit_number, member.training.report(chunk))


def _trained(engine: Engine, members: list[_Member], chunk_seconds: float) -> Trainings:
    """Train fits of one kind; return those that are better trained to their end by themselves."""
    others: Trainings = {}
    steps = _FIRST_STEPS
    while members:
        count = min(steps, *(member.left for member in members))
        began = time.monotonic()
        chunks = _chunks(members, count)
        steps = max(1, int(chunk_seconds * count / max(time.monotonic() - began, 1e-6)))
        well = [(member, chunk) for member, chunk in zip(members, chunks, strict=True) if chunk is not None]
        others |= {
            member.attempt: member.training for member, chunk in zip(members, chunks, strict=True) if chunk is None
        }
        reports = [
            (member.attempt, member.training.work.fit_number, _reported(engine, member, chunk))
            for member, chunk in well
        ]
        goes_on = report_chunks(engine, reports)
        members = [member for (member, _), on in zip(well, goes_on, strict=True) if on]
    return others


def _chunks(members: Sequence[_Member], count: int) -> list[Chunk | None]:
    """Take the next steps of all fits, and return the chunk of each.

    None stands for a fit with a number that is not finite: trained by itself it tells where that happened.
    """
    parameters = _side_by_side([member.training.checkpoint.parameters for member in members])
    states = [member.training.checkpoint.state for member in members]
    state = {name: _side_by_side([fit_state[name] for fit_state in states]) for name in states[0]}
    runners = [member.runner for member in members]
    numbers = {name: _side_by_side([runner.numbers[name][..., 0] for runner in runners]) for name in runners[0].numbers}
    parameters, state, losses = runners[0].loop.run(parameters, state, numbers, count)
    history = losses.double().T.tolist()
    chunks: list[Chunk | None] = []
    for index, member in enumerate(members):
        training = member.training
        own = parameters[:, index].clone()
        with torch.no_grad():
            loss = training.objective.loss(own).item()
        step = training.checkpoint.step + count
        end = Checkpoint(step, own, {name: tensor[..., index].clone() for name, tensor in state.items()}, loss)
        finite = end.finite and bool(losses[:, index].isfinite().all())
        stop = Stop("max_steps", f"all {training.steps} steps are done", step) if step >= training.steps else None
        chunks.append(Chunk(training.checkpoint.step, history[index], end, stop) if finite else None)
    return chunks


def _side_by_side(tensors: Sequence[Tensor]) -> Tensor:
    # A loop takes two fits at least.
    several = tensors if len(tensors) > 1 else [*tensors, *tensors]
    return torch.stack(list(several), dim=-1)

"""The folder of compiled code: found there by its shape, compiled into it by a process of its own.

Nobody waits for a compiler: a fit trains step by step until its code is there, and goes on with it at the end of a
chunk. A machine compiles one shape at a time.
"""

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.programs import CurveObjective, Programs
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.curves import CompiledCurves
from app.fitting.programs.loop import FEWEST_FITS, CompiledLoop, ManyCurves, OneFit
from app.fitting.programs.shape import Shape, shape_of, shape_of_curves
from app.fitting.programs.trials import CompiledTrials, OneSolution

logger = logging.getLogger(__name__)

Compiled = CompiledLoop | CompiledCurves | CompiledTrials
Kind = TypeVar("Kind", CompiledLoop, CompiledCurves, CompiledTrials)

COMPILER = "app.fitting.programs.compiler"
"""Run as a process, and not imported: what it imports takes more memory than a worker."""
HOT_SECONDS = 1.0
"""Seconds that one process trains a shape step by step until it has it compiled."""
FAILED_SECONDS = 24 * 3600.0
"""Seconds for which a shape that could not be compiled is not tried again: a full disk or memory may have been why."""


def has_compiler() -> bool:
    """Tell whether this machine can compile."""
    return shutil.which(os.environ.get("CXX", "g++")) is not None


class Loops:
    """Compiled code as one process sees it."""

    def __init__(self, folder: Path, may_compile: bool) -> None:
        self._folder = folder.expanduser()
        self._may_compile = may_compile and has_compiler()
        self._loaded: dict[str, Compiled | None] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._compiling: subprocess.Popen[bytes] | None = None

    def find(self, shape: Shape, kind: type[Kind]) -> Kind | None:
        """Return the compiled code of a shape, if it is there and of this kind."""
        key, path = shape.key, self._path(shape)
        if key not in self._loaded and path.exists():
            try:
                self._loaded[key] = kind(shape, path)
            except RuntimeError:
                logger.exception("%s can't be loaded: fits of its shape are trained step by step", path)
                self._loaded[key] = None
                # Another process, or this one after a restart, has it compiled anew.
                path.unlink(missing_ok=True)
        compiled = self._loaded.get(key)
        return compiled if isinstance(compiled, kind) else None

    def for_training(self, objective: Objective, optimizer: Optimizer, batch_key: str | None) -> "LoopOfTraining":
        """Return the object that a training asks for its compiled code."""
        return LoopOfTraining(self, objective, optimizer, batch_key)

    def serves(self, batch_key: str) -> bool:
        """Tell whether a loop for fits of this key is on this machine, so that they may be trained together."""
        return self._marker(batch_key).exists()

    def mark(self, batch_key: str) -> None:
        """Note that there is a loop for fits of this key."""
        self._marker(batch_key).touch()

    def trained_without(self, shape: Shape, seconds: float) -> None:
        """Note time that compiled code would have saved, and compile a shape for which it is much."""
        self._seconds[shape.key] += seconds
        if self._seconds[shape.key] >= HOT_SECONDS:
            self.compile(shape)

    def compile(self, shape: Shape) -> None:
        """Begin to compile a shape, unless it is there, has failed, or this process is still at another one."""
        path = self._path(shape)
        if not self._may_compile or path.exists() or _has_failed(path.with_suffix(".failed")):
            return
        if self._compiling is not None and self._compiling.poll() is None:
            return
        command = [sys.executable, "-m", COMPILER, shape.to_json(), str(path)]
        self._compiling = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        threading.Thread(target=_awaited, args=(self._compiling, path), name="compiling", daemon=True).start()

    def _path(self, shape: Shape) -> Path:
        return self._folder / f"{shape.key}.pt2"

    def _marker(self, batch_key: str) -> Path:
        return self._folder / f"{batch_key}.together"


def _awaited(compiling: "subprocess.Popen[bytes]", path: Path) -> None:
    """Wait for the process that compiles into `path`, so that the system may forget it, and log why it failed."""
    status = compiling.wait()
    if status > 0:
        failure = path.with_suffix(".failed")
        words = failure.read_text() if failure.exists() else f"the compiling process ended with status {status}"
        logger.error("%s can't be compiled: fits of its shape are trained step by step\n%s", path, words)
    elif status < 0:
        logger.warning("%s is not compiled: signal %d ended the compiling process", path, -status)


def _has_failed(marker: Path) -> bool:
    try:
        return time.time() - marker.stat().st_mtime < FAILED_SECONDS
    except FileNotFoundError:
        return False


class LoopOfTraining:
    """The compiled code of one training, as soon as it is there."""

    def __init__(self, loops: Loops, objective: Objective, optimizer: Optimizer, batch_key: str | None) -> None:
        self._batch_key = batch_key
        self._loops, self._objective, self._optimizer = loops, objective, optimizer
        self._shape = shape_of(objective, optimizer)
        self._runner: OneFit | OneSolution | None = None

    def find(self) -> OneFit | OneSolution | None:
        """Return the compiled code, if it is there; a training asks before each chunk."""
        if self._runner is None and self._shape is not None:
            self._runner = self._runner_of(self._shape)
            if self._runner is not None and self._batch_key is not None:
                self._loops.mark(self._batch_key)
        return self._runner

    def _runner_of(self, shape: Shape) -> OneFit | OneSolution | None:
        if isinstance(self._optimizer, LevenbergMarquardt) and isinstance(self._objective, Problem):
            solver = self._loops.find(shape, CompiledTrials)
            return None if solver is None else OneSolution(solver, self._objective, self._optimizer)
        loop = self._loops.find(shape, CompiledLoop)
        return None if loop is None else OneFit(loop, self._objective, self._optimizer)

    def compiled_steps(self, steps: int) -> int:
        """Return how many of the last chunk's `steps` ran as compiled code."""
        if isinstance(self._runner, OneSolution):
            return min(steps, self._runner.compiled_steps)
        return steps if self._runner is not None else 0

    def trained(self, seconds: float) -> None:
        """Note how many seconds a chunk took."""
        if self._shape is not None and self._runner is None:
            self._loops.trained_without(self._shape, seconds)


class ProgramsOfCurves:
    """The compiled programs of one block of curves, as soon as they are there."""

    def __init__(self, loops: Loops, problem: CurveProblem, optimizer: Optimizer) -> None:
        self._loops, self._curves, self._optimizer = loops, problem.curves, optimizer
        self._asked = time.monotonic()
        self._runner: ManyCurves | None = None
        self._shape = shape_of_curves(problem, optimizer)
        solves = self._shape is not None and not optimizer.elementwise
        self._compiled = loops.find(self._shape, CompiledCurves) if self._shape is not None and solves else None
        self._solves = solves

    def programs(self) -> Programs:
        """Return the programs for the training of the block."""
        programs = Programs() if self._compiled is None else self._compiled.programs(self._optimizer)
        return replace(programs, runner=self._find_runner)

    def compiled_steps(self, steps: int) -> int:
        """Return how many of the block's `steps`, of all its curves together, ran as compiled code."""
        if self._solves and self._shape is not None:
            if self._compiled is None:
                self._loops.trained_without(self._shape, time.monotonic() - self._asked)
            return 0 if self._compiled is None else steps
        return 0 if self._runner is None else min(steps, self._runner.steps * self._curves)

    def _find_runner(self, objective: CurveObjective, optimizer: Optimizer) -> ManyCurves | None:
        """Return the compiled loop, if it is there; a training asks from time to time until it is."""
        shape = shape_of_curves(objective, optimizer)
        if shape is None or objective.curves < FEWEST_FITS:
            return None
        loop = self._loops.find(shape, CompiledLoop)
        if loop is not None:
            self._runner = ManyCurves(loop, objective, optimizer)
            return self._runner
        now = time.monotonic()
        self._loops.trained_without(shape, now - self._asked)
        self._asked = now
        return None

"""The folder of compiled loops: found there by their shape, compiled into it by a process of its own.

Nobody waits for a compiler: a fit trains step by step until its loop is there, and goes on with it at the end of a
chunk. A machine compiles one loop at a time.
"""

import logging
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from app.fitting.compiled.loop import CompiledLoop, OneFit
from app.fitting.compiled.shape import Shape, shape_of
from app.fitting.optimizers.base import Objective, Optimizer

logger = logging.getLogger(__name__)

COMPILER = "app.fitting.compiled.compiler"
"""Run as a process, and not imported: what it imports takes more memory than a worker."""
HOT_SECONDS = 1.0
"""Seconds that one process trains a shape step by step until it has it compiled."""


def has_compiler() -> bool:
    """Whether this machine can compile."""
    return shutil.which(os.environ.get("CXX", "g++")) is not None


class Loops:
    """Compiled loops as one process sees them."""

    def __init__(self, folder: Path, may_compile: bool) -> None:
        self._folder = folder.expanduser()
        self._may_compile = may_compile and has_compiler()
        self._loaded: dict[str, CompiledLoop | None] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._compiling: subprocess.Popen[bytes] | None = None

    def find(self, shape: Shape) -> CompiledLoop | None:
        """The loop of a shape, if it is there."""
        key, path = shape.key, self._path(shape)
        if key not in self._loaded and path.exists():
            try:
                self._loaded[key] = CompiledLoop(shape, path)
            except RuntimeError:
                logger.exception("%s can't be loaded: fits of its shape are trained step by step", path)
                self._loaded[key] = None
        return self._loaded.get(key)

    def for_training(self, objective: Objective, optimizer: Optimizer, batch_key: str | None) -> "LoopOfTraining":
        """What a training asks for its loop."""
        return LoopOfTraining(self, objective, optimizer, batch_key)

    def serves(self, batch_key: str) -> bool:
        """Whether fits of this key have been trained by a loop on this machine, so that they may be so together."""
        return self._marker(batch_key).exists()

    def mark(self, batch_key: str) -> None:
        """Fits of this key are trained by a loop."""
        self._marker(batch_key).touch()

    def trained_without(self, shape: Shape, seconds: float) -> None:
        """Told of time that a loop would have saved; a shape that takes much of it is compiled."""
        self._seconds[shape.key] += seconds
        if self._seconds[shape.key] >= HOT_SECONDS:
            self.compile(shape)

    def compile(self, shape: Shape) -> None:
        """Begin to compile a shape, unless it is there, has failed, or this process is still at another one."""
        path = self._path(shape)
        if not self._may_compile or path.exists() or path.with_suffix(".failed").exists():
            return
        if self._compiling is not None and self._compiling.poll() is None:
            return
        command = [sys.executable, "-m", COMPILER, shape.to_json(), str(path)]
        self._compiling = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603

    def _path(self, shape: Shape) -> Path:
        return self._folder / f"{shape.key}.pt2"

    def _marker(self, batch_key: str) -> Path:
        return self._folder / f"{batch_key}.together"


class LoopOfTraining:
    """The compiled loop of one training, as soon as it is there."""

    def __init__(self, loops: Loops, objective: Objective, optimizer: Optimizer, batch_key: str | None) -> None:
        self._batch_key = batch_key
        self._loops, self._objective, self._optimizer = loops, objective, optimizer
        self._shape = shape_of(objective, optimizer)
        self._runner: OneFit | None = None

    def find(self) -> OneFit | None:
        """Asked before each chunk."""
        if self._runner is None and self._shape is not None:
            loop = self._loops.find(self._shape)
            if loop is not None:
                self._runner = OneFit(loop, self._objective, self._optimizer)
                if self._batch_key is not None:
                    self._loops.mark(self._batch_key)
        return self._runner

    @property
    def is_compiled(self) -> bool:
        """Whether it was there before the last chunk."""
        return self._runner is not None

    def trained(self, seconds: float) -> None:
        """Told after a chunk how long it took."""
        if self._shape is not None and self._runner is None:
            self._loops.trained_without(self._shape, seconds)

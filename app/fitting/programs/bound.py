"""A program with the numbers of one objective, ready to be called."""

import threading
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Evaluations, Problem
from app.fitting.programs.nodes import DOUBLE, FLOAT, WHOLE
from app.fitting.programs.program import Program

_DTYPES: dict[str, np.dtype[Any]] = {DOUBLE: np.dtype("f8"), FLOAT: np.dtype("f4"), WHOLE: np.dtype("i8")}


class Pointers:
    """Where some numbers are, for a program to read."""

    def __init__(self, addresses: Iterable[int]) -> None:
        self._addresses = array("Q", addresses)
        self.at = self._addresses.buffer_info()[0]
        """Where the first of the addresses is itself."""

    @classmethod
    def to_rows(cls, tensors: Sequence[Tensor], fits: int) -> "Pointers":
        """Return pointers to the rows of contiguous tensors (..., fits), in their order."""
        rows: list[int] = []
        for tensor in tensors:
            start, size = tensor.data_ptr(), tensor.element_size()
            rows += range(start, start + tensor.numel() * size, fits * size)
        return cls(rows)


class Bound:
    """A program whose inputs are those of an objective.

    States and reports are in memory that the caller gives: a state has a number for each fit, a report rows of numbers
    for each fit.
    """

    def __init__(self, program: Program, tensors: Mapping[str, Tensor], fits: int = 1) -> None:
        self.program, self.fits = program, fits
        # Kept alive as long as there are pointers to them.
        self._tensors = tensors
        self.points = tensors["y"].shape[0] if "y" in tensors else 1
        self._scratch = program.scratch(self.points)
        self._inputs = Pointers(tensors[name].data_ptr() for name in program.inputs)
        self._own = (self._inputs.at, self._scratch.ctypes.data)

    def run(
        self, states: Pointers, reports: Pointers, steps: int = 1, rows: int = 1, first: int = 0, end: int | None = None
    ) -> int:
        """Take up to `steps` steps of the fits from `first` up to `end`; return how many the last of them took."""
        inputs, scratch = self._own
        end = self.fits if end is None else end
        call = self.program.code.call
        return call(self.points, first, end, self.fits, steps, rows, inputs, states.at, reports.at, scratch)


class Registers:
    """Memory for the states of one fit, as arrays of plain numbers by name."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._memory = memory = np.zeros(len(program.states))
        views = {type_: memory.view(dtype)[:: 8 // dtype.itemsize] for type_, dtype in _DTYPES.items()}
        self._arrays = {name: views[type_][slots] for name, (type_, slots) in program.layout.items()}
        start: int = memory.ctypes.data
        self.pointers = Pointers(range(start, start + memory.nbytes, 8))

    def clear(self) -> None:
        """Set all numbers to 0."""
        self._memory.fill(0)

    def __getitem__(self, name: str) -> "np.ndarray[Any, Any]":
        """Return the numbers of a state, which may be changed."""
        return self._arrays[name]

    def tensor(self, name: str) -> Tensor:
        """Return a copy of a state as a tensor."""
        return torch.from_numpy(self._arrays[name].copy()).reshape(self._program.shapes[name])


_of_thread = threading.local()


def registers_of(program: Program) -> Registers:
    """Return registers that a thread has for a program, with the numbers of whoever had them last."""
    known: WeakKeyDictionary[Program, Registers] | None = getattr(_of_thread, "registers", None)
    if known is None:
        known = _of_thread.registers = WeakKeyDictionary()
    if program not in known:
        known[program] = Registers(program)
    return known[program]


NO_REPORTS = Pointers([0])


def evaluations_of(objective: Objective) -> Evaluations:
    """Return the counter of the evaluations of an objective's model."""
    match objective:
        case Problem() | CurveProblem():
            return objective.evaluations
        case CompressedProblem():
            return objective.problem.evaluations
        case CompressedCurves():
            return objective.at_nodes.evaluations
    raise TypeError(f"{objective} is no objective of a formula")

"""A program: machine code of a function of an objective, made of one recorded run of our own code."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.fitting.programs.code import write
from app.fitting.programs.emitter import BYTES
from app.fitting.programs.machine import Code, Machine, object_code, this_machine
from app.fitting.programs.nodes import DOUBLE, FITS, POINTS, SUM, Graph, Node, UnsupportedError, live
from app.fitting.programs.recording import TYPES, Input, recorded
from app.fitting.programs.rules import RULES
from app.fitting.programs.schedule import Loop, Report
from app.fitting.programs.shape import Shape

Step = Callable[..., Sequence[Tensor]]
"""A function of an objective and of tensors that returns tensors."""

MOST_OPERATIONS = 1_000
"""Most operations of a formula that is recorded; a larger one is trained step by step, or it would hold a worker."""
MOST_NODES = 12_000
"""Most nodes of a program."""
MOST_LINES = 30_000
"""Most lines of a program in LLVM's language. Each pass over the points works out anew what it needs, so they may be
many more than the nodes, and the time that LLVM takes grows faster than they do."""
SETTINGS, PARAMETERS = "settings", "parameters"
"""Names of inputs beside those of a shape."""
_SECONDS_OF_AN_OPERATION = 2e-9
"""Seconds that an operation on a vector takes at most on most machines; functions take more, arithmetic much less."""
_MOST_VECTORS = 2
"""Most vectors of the processor that are worked on together, so that one need not wait for the other's results."""
_REGISTERS = 20
"""Vectors that are at hand at a time; all sums of a pass should be among them."""


@dataclass(frozen=True)
class Recipe:
    """How a function becomes a program."""

    function: Step
    """Function of an objective, the states and the settings, each of these a tensor of one number."""
    states: tuple[Input, ...]
    """Inputs that change from step to step, without the axis of the fits. Results begin with what follows them."""
    settings: int = 0
    """Count of the numbers that all fits share, such as hyperparameters."""
    carries: bool = True
    """Whether results begin with the states after a step; if not, the function is called once, and its results are
    reported as double numbers."""
    place: str | None = None
    """State that says, as it is before a step, in which row reports are stored; None: in that of the step."""
    stop: Callable[[Graph, Mapping[str, Node]], Node] | None = None
    """Function that returns from the states after a step whether no further one changes anything."""


@dataclass(eq=False)
class Program:
    """Machine code for all objectives of a shape."""

    code: Code
    lanes: int
    kept: int
    states: list[tuple[str, str]]
    """Name and type of each carried number."""
    layout: dict[str, tuple[str, slice]]
    """Type of each state, and the place of its numbers among the carried ones."""
    shapes: dict[str, tuple[int, ...]]
    """Axes of known length of each state."""
    reports: list[str]
    """Type of each reported number."""
    inputs: list[str]
    """Names of the inputs in the order of their pointers."""
    by_fits: bool
    operations: int
    """Count of its numbers."""
    seconds: float = field(default=0.0, compare=False)
    """Seconds of processor time that it took to make it."""

    def seconds_per_step(self, points: int, fits: int) -> float:
        """Return about how many seconds a step takes."""
        vectors = max(points, 1) * -(-fits // self.lanes) if self.by_fits else 1 + points / self.lanes
        return _SECONDS_OF_AN_OPERATION * self.operations * vectors

    def scratch(self, points: int) -> "np.ndarray[Any, Any]":
        """Return memory for its work on fits of so many points."""
        size = self.kept * (points * self.lanes if self.by_fits else points + self.lanes)
        return np.empty(max(size, 1))


def compiled(shape: Shape, recipe: Recipe, kind: Machine | None = None) -> Program:
    """Return the program of a function for a shape.

    Raises UnsupportedError where an operation has no machine code, or where the program would be too large.
    """
    if shape.operations > MOST_OPERATIONS:
        raise UnsupportedError(f"its formula has more than {MOST_OPERATIONS:,} operations")
    began, kind = time.thread_time(), kind or this_machine()
    lane = POINTS if shape.alone else FITS
    states = [each if shape.alone else replace(each, axes=(*each.axes, "fits")) for each in recipe.states]
    settings = [Input(SETTINGS, (recipe.settings,), torch.float64)] if recipe.settings else []
    inputs = [*settings, *shape.inputs()]
    graph, results = recorded(_called(shape, recipe), [*states, *inputs], RULES)
    if len(graph.nodes) > MOST_NODES:
        raise UnsupportedError(f"it has more than {MOST_NODES:,} numbers")
    numbers = [(each.name, index) for each in states for index in _indices(each)]
    flat = [_checked(node) for result in results for node in result.flat]
    if recipe.carries:
        # A number of many digits may have made others of as many.
        types_before = [TYPES[each.dtype] for each in states for _ in _indices(each)]
        following = [graph.cast(node, type_) for node, type_ in zip(flat, types_before, strict=False)]
        reported, carried = flat[len(numbers) :], numbers
    else:
        following, carried = [], []
        reported = [graph.cast(node, DOUBLE) for node in flat]
    place = _place(graph, states, recipe.place)
    names = {name: node for (name, _), node in zip(numbers, following, strict=False)}
    stop = None if recipe.stop is None else recipe.stop(graph, names)
    every = [*([] if recipe.carries else states), *inputs]
    axes = {each.name: each.axes for each in every}
    loop = Loop(graph, axes, carried, following, [Report(node, place) for node in reported], stop, lane, shape.ragged)
    lanes = _vectors(loop) * kind.width // BYTES[TYPES[shape.dtype]]
    written = write(loop, kind, lanes)
    if written.text.count("\n") > MOST_LINES:
        raise UnsupportedError(f"it has more than {MOST_LINES:,} lines")
    code = Code(object_code(written.text, kind), written.functions)
    types = [(name, node.type) for (name, _), node in zip(carried, following, strict=True)]
    return Program(
        code,
        lanes,
        written.kept,
        types,
        _layout(types),
        {each.name: each.known for each in states},
        [node.type for node in reported],
        [*axes],
        not shape.alone,
        len(graph.nodes),
        time.thread_time() - began,
    )


def _indices(each: Input) -> list[tuple[int, ...]]:
    return [*np.ndindex(*(1 if isinstance(axis, str) else axis for axis in each.axes))]


def _vectors(loop: Loop) -> int:
    """Return how many vectors are worked on together."""
    sums = Counter(node.level for node in live(loop.graph, loop.outputs) if node.operation == SUM)
    together = max(sums.values(), default=0)
    return _MOST_VECTORS if _MOST_VECTORS * (together + 3) <= _REGISTERS else 1


def _layout(types: Sequence[tuple[str, str]]) -> dict[str, tuple[str, slice]]:
    names = [name for name, _ in types]
    return {name: (type_, slice(names.index(name), names.index(name) + names.count(name))) for name, type_ in types}


def _place(graph: Graph, states: Sequence[Input], name: str | None) -> Node | None:
    """Return the node of the state of that name before a step."""
    if name is None:
        return None
    (state,) = (each for each in states if each.name == name)
    node: Node = state.nodes(graph).flat[0]
    return node


def _called(shape: Shape, recipe: Recipe) -> Callable[..., list[Tensor]]:
    """Return the function that is recorded; a fit that is alone is recorded as a single curve."""

    def function(*tensors: Tensor) -> list[Tensor]:
        count = len(recipe.states)
        settings: tuple[Tensor, ...] = ()
        states, rest = tensors[:count], tensors[count:]
        if recipe.settings:
            settings, rest = rest[0].unbind(), rest[1:]
        if shape.alone:
            states, rest = (tuple(tensor[..., None] for tensor in some) for some in (states, rest))
        by_name = {each.name: tensor for each, tensor in zip(shape.inputs(), rest, strict=True)}
        results = recipe.function(shape.objective(by_name, states[0]), *states, *settings)
        return [result.detach()[..., 0] if shape.alone else result.detach() for result in results]

    return function


def _checked(node: Node) -> Node:
    if node.axes & POINTS:
        raise TypeError("a result differs from point to point")
    return node

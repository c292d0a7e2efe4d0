"""The recording of a step as it runs, below autograd, and its translation into a graph.

A mode of torch sees each operation of one real run, those of a Function's own backward too: so a program does what our
backward does. An axis of known length is written out, number by number: a tensor becomes an array of nodes, in which an
axis of any length (points, fits) has length 1, so that views, broadcasts and stacks are those of numpy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from app.fitting.programs.nodes import DOUBLE, FITS, FLOAT, POINTS, TRUTH, WHOLE, Graph, Node, UnsupportedError

Nodes: TypeAlias = np.ndarray[Any, Any]
"""An array of nodes."""
Rule: TypeAlias = Callable[..., Nodes | Sequence[Nodes]]
"""A function that returns an operation's results, from the translation, the recorded result and the arguments."""

TYPES = {torch.float64: DOUBLE, torch.float32: FLOAT, torch.int64: WHOLE, torch.bool: TRUTH}
"""Types of nodes by those of tensors."""
COUNTS = "counts"
"""Name of the input that holds the number of points of each fit."""
MOST_OPERATIONS = 20_000
"""Most operations of one run that are recorded."""


@dataclass(frozen=True)
class Input:
    """An input of a program: the name of a tensor and its axes."""

    name: str
    axes: tuple[str | int, ...]
    """Length of each axis, or `points` or `fits`."""
    dtype: torch.dtype
    moves: bool = False
    """Whether a step changes it."""

    @property
    def known(self) -> tuple[int, ...]:
        """Return the lengths of the axes of known lengths."""
        return tuple(axis for axis in self.axes if isinstance(axis, int))

    def example(self, lengths: Mapping[int, int]) -> Tensor:
        """Return a tensor for a recorded run, with these `lengths` of the axes of any length."""
        sizes = [lengths[LONG[axis]] if isinstance(axis, str) else axis for axis in self.axes]
        generator = torch.Generator().manual_seed(len(self.name))
        return torch.rand(sizes, dtype=torch.float64, generator=generator).to(self.dtype)

    def nodes(self, graph: Graph) -> Nodes:
        """Return the nodes of its numbers; an axis of any length has length 1."""
        axes = sum(LONG[axis] for axis in self.axes if isinstance(axis, str))
        shape = [1 if isinstance(axis, str) else axis for axis in self.axes]
        type_ = TYPES[self.dtype]
        return array(
            [
                graph.node("input", type_, value=(self.name, index), axes=axes, moves=self.moves)
                for index in np.ndindex(*shape)
            ],
            shape,
        )


LONG = {"points": POINTS, "fits": FITS}
"""The axes of any length by their names."""


def lengths_for(inputs: Sequence[Input]) -> dict[int, int]:
    """Return lengths of the axes of any length in a recorded run, which no other axis has.

    Others are as long as those of the inputs, or longer by the one column of a right side.
    """
    taken = {length + more for each in inputs for length in each.known for more in (0, 1)}
    free = (length for length in count(67, 4) if length not in taken)
    return {FITS: next(free), POINTS: next(free)}


Recorded: TypeAlias = tuple[Any, tuple[Any, ...], Mapping[str, Any], Any, Tensor | None]
"""An operation with arguments, result, and for one in place its target as it was before."""


class _Recorder(TorchDispatchMode):
    """Keeps every operation that runs, and all its tensors alive."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[Recorded] = []

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Nothing here is ever compiled by torch. To be told so would import its compiler: 2 s and 75 MB.
        return False

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if len(self.operations) == MOST_OPERATIONS:
            raise UnsupportedError("the step has too many operations")
        # A constant may be changed later on.
        before = args[0].clone() if func._schema.is_mutable else None
        result = func(*args, **(kwargs or {}))
        self.operations.append((func, args, kwargs or {}, result, before))
        return result


class Translation:
    """The graph of a recorded run, as far as it is translated."""

    def __init__(self, graph: Graph, rules: Mapping[Any, Rule], lengths: Mapping[int, int]) -> None:
        self.graph = graph
        self.axes = {length: axis for axis, length in lengths.items()}
        """The axes of any length by the lengths that they have in this run."""
        self._rules = rules
        self._arrays: dict[int, Nodes] = {}
        self._constants: list[Tensor] = []

    def set(self, tensor: Tensor, nodes: Nodes) -> None:
        """Note the nodes of a tensor, which the caller keeps alive."""
        self._arrays[id(tensor)] = nodes

    def of(self, tensor: Tensor) -> Nodes:
        """Return the nodes of a tensor; one that follows from no input is constant."""
        known = self._arrays.get(id(tensor))
        if known is None:
            # Kept alive, or another tensor might get its id.
            self._constants.append(tensor)
            known = self._arrays[id(tensor)] = self._constant(tensor.detach())
        return known

    def entries(self, argument: Any, type_: str) -> Nodes:
        """Return an argument, a tensor or a number, as nodes of one type."""
        if not isinstance(argument, Tensor):
            return array([self.graph.number(argument, type_)], ())
        nodes = self.of(argument)
        if nodes.size and nodes.flat[0].type == type_:
            return nodes
        return mapped(lambda node: self.graph.cast(node, type_), nodes)

    def translate(self, operations: Sequence[Recorded]) -> None:
        """Translate recorded operations. Raise UnsupportedError for one that has no rule."""
        for operation, arguments, options, result, before in operations:
            if before is not None and not self._is_known(arguments[0]):
                self.set(arguments[0], self.of(before))
            elif not any(map(self._is_known, arguments)):
                continue
            rule = self._rules.get(operation)
            if rule is None:
                raise UnsupportedError(f"{operation} has no rule")
            translated = rule(self, result, *arguments, **options)
            tensors = [result] if isinstance(result, Tensor) else result
            results = [translated] if isinstance(result, Tensor) else translated
            for tensor, nodes in zip(tensors, results, strict=False):
                self.set(arguments[0] if before is not None else tensor, nodes)

    def shrunk(self, sizes: Sequence[int]) -> list[int]:
        """Return a shape of a recorded tensor with 1 in place of each axis of any length."""
        return [1 if size in self.axes else size for size in sizes]

    def _is_known(self, argument: Any) -> bool:
        if isinstance(argument, list | tuple):
            return any(map(self._is_known, argument))
        return isinstance(argument, Tensor) and id(argument) in self._arrays

    def _constant(self, tensor: Tensor) -> Nodes:
        for axis, size in enumerate(tensor.shape):
            if size in self.axes:
                first = tensor.narrow(axis, 0, 1)
                if not torch.equal(first.expand_as(tensor).nan_to_num(), tensor.nan_to_num()):
                    raise UnsupportedError("a constant differs along an axis of any length")
                tensor = first
        numbers = [self.graph.number(value, TYPES[tensor.dtype]) for value in tensor.flatten().tolist()]
        return array(numbers, tensor.shape)


def recorded(
    function: Callable[..., Sequence[Tensor]], inputs: Sequence[Input], rules: Mapping[Any, Rule]
) -> tuple[Graph, list[Nodes]]:
    """Return the graph of a function of tensors, and the nodes of each of its results.

    Raises UnsupportedError where an operation has no rule, or there are too many of them.
    """
    lengths = lengths_for(inputs)
    examples = [each.example(lengths) for each in inputs]
    with _Recorder() as recorder:
        results = function(*examples)
    graph = Graph()
    translation = Translation(graph, rules, lengths)
    for each, example in zip(inputs, examples, strict=True):
        nodes = each.nodes(graph)
        translation.set(example, nodes)
        if each.name == COUNTS:
            graph.points = nodes.flat[0]
    translation.translate(recorder.operations)
    return graph, [translation.of(result) for result in results]


def array(nodes: Sequence[Node], shape: Sequence[int]) -> Nodes:
    """Return nodes as an array of that shape."""
    flat = np.empty(len(nodes), dtype=object)
    flat[:] = nodes
    return flat.reshape(tuple(shape))


def mapped(function: Callable[..., Node], *arrays: Nodes) -> Nodes:
    """Return what a function makes of each entry of arrays that broadcast."""
    results = np.frompyfunc(function, len(arrays), 1)(*arrays)
    # numpy unwraps arrays without axes.
    return results if isinstance(results, np.ndarray) else array([results], ())

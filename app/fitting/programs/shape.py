"""The shape of an objective: all of it that decides what a step computes. Everything else is an input of programs.

Fits whose formulas have one tree have one shape, whatever their names, numbers, points and data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import make_loss, needs_threshold
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.recording import Input
from app.fitting.programs.template import Template, template


@dataclass(frozen=True)
class Tie:
    """A tied parameter without names and numbers."""

    key: str
    """Key of its formula's template."""
    names: tuple[str, ...]
    """The parameters that its x0, x1, ... stand for."""
    template: Template = field(compare=False, repr=False)


@dataclass(frozen=True)
class Shape:
    """The shape of an objective; its parameters are p0, p1, ..., its variables x0, x1, ..."""

    model: str
    """Key of the formula's template."""
    free: tuple[str, ...]
    fixed: tuple[str, ...]
    tied: tuple[tuple[str, Tie], ...]
    bounded: bool
    nodes: int
    """Number of nodes of a compressed objective; 0 where it has all points."""
    weighted: bool
    loss: str
    """Name of the loss."""
    dtype: torch.dtype
    alone: bool
    """Whether it is one fit, whose points fill vectors; else many fits stand side by side."""
    shared: frozenset[str]
    """Names of the inputs that all fits share."""
    ragged: bool
    """Whether fits have different numbers of points."""
    sigma_is_absolute: bool
    template: Template = field(compare=False, repr=False)

    @property
    def numbers(self) -> list[str]:
        """Return the names of the formulas' numbers: n0, n1, ..., and for those of ties p3.n0, ..."""
        of_model = [f"n{index}" for index in range(len(self.template.numbers))]
        return of_model + [f"{name}.n{index}" for name, tie in self.tied for index in range(len(tie.template.numbers))]

    @property
    def operations(self) -> int:
        """Return the count of the operations of model and ties."""
        return self.template.operations + sum(tie.template.operations for _, tie in self.tied)

    def inputs(self) -> list[Input]:
        """Return the inputs of programs, in their order; without the axis of the fits for one that is alone."""
        return [Input(name, self._axes(name, axes), dtype) for name, axes, dtype in self._inputs()]

    def _axes(self, name: str, axes: tuple[str | int, ...]) -> tuple[str | int, ...]:
        if self.alone:
            return axes
        return (*axes, 1 if name in self.shared else "fits")

    def _inputs(self) -> Iterator[tuple[str, tuple[str | int, ...], torch.dtype]]:
        dtype, free = self.dtype, len(self.free)
        if self.numbers or self.fixed:
            yield "numbers", (len(self.numbers) + len(self.fixed),), dtype
        if self.bounded:
            yield "bounds", (2 * free,), dtype
        if self.nodes:
            yield "nodes", (self.nodes,), dtype
            yield "matrix", (self.nodes, self.nodes), dtype
            yield "target", (self.nodes,), dtype
            yield "floor", (), dtype
        else:
            for index in range(len(self.template.variables)):
                yield f"x{index}", ("points",), dtype
            yield "y", ("points",), dtype
            yield "counts", (), torch.int64
        if self.weighted:
            yield "factor", ("points",), dtype
        if needs_threshold(self.loss):
            yield "threshold", (), dtype

    def objective(self, inputs: dict[str, Tensor], parameters: Tensor) -> CurveProblem | CompressedCurves:
        """Return the fits as curves, with `inputs` by name whose last axis is that of the fits, for a recorded run."""
        numbers = inputs["numbers"].unbind() if "numbers" in inputs else ()
        values = dict(zip([*self.numbers, *self.fixed], numbers, strict=True))
        tied: Any = {name: _Tied(tie, name) for name, tie in self.tied}
        bounds = inputs["bounds"].unbind() if self.bounded else ()
        free = len(self.free)
        names = (*self.free, *values, *tied)
        lower, upper = (dict(zip(self.free, side, strict=bool(side))) for side in (bounds[:free], bounds[free:]))
        model_parameters: Any = Parameters(names, values, tied, lower, upper)  # type: ignore[arg-type]
        nodes = {"x0": inputs["nodes"]} if self.nodes else {}
        problem = CurveProblem(
            self.template.formula(),
            nodes or {f"x{index}": inputs[f"x{index}"] for index in range(len(self.template.variables))},
            inputs["target" if self.nodes else "y"],
            inputs.get("factor"),
            inputs.get("counts", parameters),
            model_parameters,
            parameters,
            make_loss(self.loss, inputs.get("threshold")),
            self.sigma_is_absolute,
        )
        return CompressedCurves(problem, inputs["matrix"], inputs["floor"]) if self.nodes else problem


class _Tied:
    """The formula of a tied parameter, by the names of a shape."""

    def __init__(self, tie: Tie, name: str) -> None:
        self._formula = tie.template.formula()
        self._names = {f"x{index}": other for index, other in enumerate(tie.names)}
        self._names |= {f"n{index}": f"{name}.n{index}" for index in range(len(tie.template.numbers))}

    def __call__(self, values: dict[str, Tensor]) -> Tensor:
        return self._formula({name: values[other] for name, other in self._names.items()})


def shape_of(objective: Objective) -> Shape:
    """Return the shape of an objective of one fit, or of many curves."""
    alone, nodes, shared, ragged = True, 0, set[str](), False
    problem: Problem | CurveProblem
    match objective:
        case Problem():
            problem, weighted = objective, objective.data.factor is not None
            variables = objective.data.variables
        case CompressedProblem():
            problem, weighted, nodes = objective.problem, False, len(objective.nodes)
            variables = objective.problem.data.variables
        case CompressedCurves():
            problem, weighted, nodes, alone = objective.at_nodes, False, len(objective.at_nodes.y), False
            variables, shared = problem.variables, _shared_of_nodes(objective)
        case CurveProblem():
            problem, alone, variables = objective, False, objective.variables
            weighted = objective.factor is not None and not objective.only_padded
            shared, ragged = _shared(objective), objective.is_ragged
        case _:
            raise TypeError(f"{objective} is no objective of a formula")
    model = template(problem.formula.text, tuple(variables))
    parameters = problem.parameters
    every = dict.fromkeys((*model.parameters, *parameters.names))
    names = {name: f"p{index}" for index, name in enumerate(every)}
    return Shape(
        model=model.key,
        free=tuple(names[name] for name in parameters.free),
        fixed=tuple(names[name] for name in parameters.fixed),
        tied=tuple((names[name], _tie(tie.text, parameters, names)) for name, tie in parameters.tied.items()),
        bounded=bool(parameters.lower or parameters.upper),
        nodes=nodes,
        weighted=weighted,
        loss=problem.loss_function.name,
        dtype=problem.start.dtype,
        alone=alone,
        shared=frozenset(shared),
        ragged=ragged,
        sigma_is_absolute=isinstance(problem, CurveProblem) and problem.sigma_is_absolute,
        template=model,
    )


def _tie(text: str, parameters: Parameters, names: dict[str, str]) -> Tie:
    others = tuple(name for name in parameters.names if name not in parameters.tied)
    tie = template(text, others)
    return Tie(tie.key, tuple(names[name] for name in tie.variables), tie)


def _shared(problem: CurveProblem) -> set[str]:
    model = template(problem.formula.text, tuple(problem.variables))
    tensors = {f"x{index}": problem.variables[name] for index, name in enumerate(model.variables)}
    if problem.factor is not None:
        tensors["factor"] = problem.factor
    return {"numbers", "bounds", *(name for name, tensor in tensors.items() if tensor.shape[-1] == 1)}


def _shared_of_nodes(objective: CompressedCurves) -> set[str]:
    (nodes,) = objective.at_nodes.variables.values()
    tensors = {"nodes": nodes, "matrix": objective.matrix}
    return {"numbers", "bounds", *(name for name, tensor in tensors.items() if tensor.shape[-1] == 1)}

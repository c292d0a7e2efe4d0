"""From a shape to programs that can be compiled: our own steps, traced through autograd.

A step is traced with `make_fx` over `torch.autograd.grad`, which honours a Function's own backward; `torch.compile`
around `torch.func.grad` would look into its forward and derive that instead.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch._higher_order_ops.scan import scan
from torch.export import Dim, ExportedProgram, export
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.compiled.inputs import (
    DESCENTS,
    FITS,
    HYPERPARAMETERS,
    POINTS,
    STEPS_A_TURN,
    Input,
    number_inputs,
    state_inputs,
)
from app.fitting.compiled.rows import NotByRowsError, RowByRow, Rows, rows_of
from app.fitting.compiled.shape import Shape
from app.fitting.curves import levenberg_marquardt
from app.fitting.curves.compression import CompressedCurves
from app.fitting.curves.errors import standard_errors
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.programs import CurveObjective
from app.fitting.curves.refinement import gauss_newton
from app.fitting.formula import parse
from app.fitting.losses import make_loss
from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.parameters import Parameters, parse_tie

# Lengths that occur nowhere else, so that no two axes are taken for the same.
_EXAMPLE = {FITS: 17, POINTS: 19}
_EXAMPLE_TURNS = 23

Program = Callable[..., tuple[Tensor, ...]]


def exported(shape: Shape) -> dict[str, ExportedProgram]:
    """The programs of a shape by name.

    Of descents a `loop`: which steps to take (turns, STEPS_A_TURN), state, numbers -> state, losses (turns,
    STEPS_A_TURN, fits). Of Levenberg-Marquardt `step`: state, numbers -> state; `gauss_newton` and `standard_errors`:
    parameters, numbers -> what they tell.
    """
    states, numbers = state_inputs(shape), number_inputs(shape)
    if shape.optimizer in DESCENTS:
        step = _traced(_descent_step(shape, states, numbers), [*states, *numbers], shape.device)
        return {"loop": _exported_loop(_loop(shape, step), [*states, *numbers], shape.device)}
    programs = {
        "step": (_trial(shape, states, numbers), states),
        "gauss_newton": (_of_parameters(shape, numbers, gauss_newton), states[:1]),
        "standard_errors": (_of_parameters(shape, numbers, _errors), states[:1]),
    }
    return {
        name: _exported(_traced(program, [*changing, *numbers], shape.device), [*changing, *numbers], shape.device)
        for name, (program, changing) in programs.items()
    }


def _objective(shape: Shape, numbers: Mapping[str, Tensor], parameters: Tensor) -> CurveObjective:
    """The fits as curves; every number a tensor with the fits as last axis."""
    untied = [*shape.free, *shape.fixed]
    tied = {name: parse_tie(text, untied) for name, text in shape.tied}
    fixed: Any = dict(zip(shape.fixed, numbers["fixed"].unbind(), strict=True)) if shape.fixed else {}
    bounds: Any = {
        side: dict(zip(shape.free, numbers[side].unbind(), strict=True)) if shape.bounded else {}
        for side in ("lower", "upper")
    }
    given = Parameters((*untied, *tied), fixed, tied, **bounds)
    nodes = shape.variables[0] if shape.nodes else None
    problem = CurveProblem(
        parse(shape.formula, shape.variables),
        {name: numbers["nodes" if name == nodes else f"x.{name}"] for name in shape.variables},
        numbers["target" if nodes else "y"],
        numbers.get("factor"),
        numbers.get("counts", parameters),
        given,
        parameters,
        make_loss(shape.loss, numbers.get("threshold")),
        shape.sigma_is_absolute,
    )
    return CompressedCurves(problem, numbers["matrix"], numbers["floor"]) if shape.nodes else problem


def _descent_step(shape: Shape, states: list[Input], numbers: list[Input]) -> Program:
    """One update as a function of plain tensors."""

    def step(parameters: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        state = _named(states[1:], rest)
        told = _named(numbers, rest[len(states) - 1 :])
        objective = _objective(shape, told, parameters)
        found = _optimizer(shape, told).step(objective, parameters, state)
        return found.parameters.detach(), *(found.state[one.name] for one in states[1:]), found.loss

    return step


def _trial(shape: Shape, states: list[Input], numbers: list[Input]) -> Program:
    def trial(*tensors: Tensor) -> tuple[Tensor, ...]:
        state = levenberg_marquardt.State(**_named(states, tensors))
        problem = _objective(shape, _named(numbers, tensors[len(states) :]), state.parameters)
        return tuple(levenberg_marquardt.step(_all_points(problem), state))

    return trial


def _of_parameters(
    shape: Shape, numbers: list[Input], function: Callable[[CurveProblem, Tensor], tuple[Tensor, ...]]
) -> Program:
    def program(parameters: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        return tuple(function(_all_points(_objective(shape, _named(numbers, rest), parameters)), parameters))

    return program


def _errors(problem: CurveProblem, parameters: Tensor) -> tuple[Tensor, ...]:
    return (torch.stack(list(standard_errors(problem, parameters).values())),)


def _all_points(objective: CurveObjective) -> CurveProblem:
    assert isinstance(objective, CurveProblem)  # noqa: S101
    return objective


def _named(inputs: Sequence[Input], tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    return {one.name: tensor for one, tensor in zip(inputs, tensors, strict=False)}


def _optimizer(shape: Shape, numbers: Mapping[str, Tensor]) -> Optimizer:
    given: dict[str, Any] = {name: numbers[name] for name in HYPERPARAMETERS[shape.optimizer]}
    if shape.optimizer == "adam":
        return Adam(**given)
    found = GradientDescent(**given, nesterov=shape.nesterov)
    return found if shape.momentum else replace(found, momentum=0.0)


def _traced(program: Program, inputs: list[Input], device: str) -> GraphModule:
    traced: GraphModule = make_fx(program, tracing_mode="symbolic")(*(_example(one, device) for one in inputs))
    traced.graph.eliminate_dead_code()
    traced.recompile()
    return traced


def _example(one: Input, device: str) -> Tensor:
    sizes = [_EXAMPLE[axis] if isinstance(axis, str) else axis for axis in one.axes]
    return torch.rand(sizes, dtype=torch.float64, device=device).to(one.dtype)


def _sizes(inputs: Sequence[Input]) -> list[dict[int, Any]]:
    lengths = {FITS: Dim("fits", min=2, max=2**24), POINTS: Dim("points", min=2, max=2**28)}
    return [{k: lengths[axis] for k, axis in enumerate(one.axes) if isinstance(axis, str)} for one in inputs]


def _exported(program: GraphModule, inputs: list[Input], device: str) -> ExportedProgram:
    examples = tuple(_example(one, device) for one in inputs)
    return export(_Called(program), examples, dynamic_shapes=(tuple(_sizes(inputs)),), strict=False)


class _Called(torch.nn.Module):
    """A program of any number of tensors."""

    def __init__(self, program: GraphModule) -> None:
        super().__init__()
        self._program = program

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """What the program tells."""
        return tuple(self._program(*inputs))


def _exported_loop(loop: torch.nn.Module, inputs: list[Input], device: str) -> ExportedProgram:
    wanted = torch.ones(_EXAMPLE_TURNS, STEPS_A_TURN, dtype=torch.bool, device=device)
    return export(
        loop,
        (wanted, *(_example(one, device) for one in inputs)),
        dynamic_shapes=({0: Dim("turns", min=2, max=2**28)}, tuple(_sizes(inputs))),
        strict=False,
    )


def _loop(shape: Shape, step: GraphModule) -> torch.nn.Module:
    states = state_inputs(shape)
    if shape.nodes:
        try:
            return _LoopOfRows(step, states, number_inputs(shape), shape.device)
        except NotByRowsError:
            pass
    return _Loop(step, len(states))


class _Loop(torch.nn.Module):
    """A scan of a step."""

    def __init__(self, step: GraphModule, carried: int) -> None:
        super().__init__()
        self._step, self._carried = step, carried

    def forward(self, wanted: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The steps that are `wanted`, and no others."""
        return _scanned(self._step, wanted, inputs[: self._carried], inputs[self._carried :])


class _LoopOfRows(torch.nn.Module):
    """A scan of a step that is written out row by row. Raises NotByRowsError."""

    def __init__(self, step: GraphModule, states: list[Input], numbers: list[Input], device: str) -> None:
        super().__init__()
        self._carried = len(states)
        self._shapes = [tuple(axis for axis in one.axes[:-1] if isinstance(axis, int)) for one in (*states, *numbers)]
        examples = [row for one in (*states, *numbers) for row in rows_of(_example(one, device))]

        def by_rows(*rows: Tensor) -> tuple[Tensor, ...]:
            *state, loss = RowByRow(step).run(*self._put_together(rows))
            return tuple(row for part in (*state, loss) for row in part)

        self._step = make_fx(by_rows, tracing_mode="symbolic")(*examples)

    def forward(self, wanted: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """The steps that are `wanted`, and no others."""
        # No two tensors that a scan carries may be views of one.
        carried = [row.clone() for tensor in inputs[: self._carried] for row in rows_of(tensor)]
        *state, losses = _scanned(self._of_rows, wanted, carried, inputs[self._carried :])
        return *(part.tensor() for part in self._put_together(state, self._carried)), losses

    def _of_rows(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        count = sum(math.prod(shape) for shape in self._shapes[: self._carried])
        numbers = [row for tensor in inputs[count:] for row in rows_of(tensor)]
        return tuple(self._step(*inputs[:count], *numbers))

    def _put_together(self, rows: Sequence[Tensor], count: int | None = None) -> list[Rows]:
        """The first so many inputs."""
        left = iter(rows)
        return [Rows.built(shape, lambda _index: next(left)) for shape in self._shapes[:count]]


def _scanned(step: Program, wanted: Tensor, carried: Sequence[Tensor], numbers: Sequence[Tensor]) -> tuple[Tensor, ...]:
    fits = carried[0].shape[-1]

    def body(state: tuple[Tensor, ...], wanted: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        losses = []
        for is_wanted in wanted.unbind():
            *after, loss = step(*state, *numbers)
            state = tuple(torch.where(is_wanted, new, old) for new, old in zip(after, state, strict=True))
            losses.append(loss)
        # The lowering of a scan knows only sizes that the body names.
        history = torch.stack(losses) + torch.zeros(fits, dtype=loss.dtype, device=loss.device)
        return tuple(part.clone() for part in state), history

    state, losses = scan(body, tuple(carried), wanted)
    return *state, losses

"""The programs of a shape, ready to be compiled: our own steps, traced through autograd.

A step is traced with `make_fx` over `torch.autograd.grad`, which honours a Function's own backward; `torch.compile`
around `torch.func.grad` would look into its forward and derive that instead.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.export import Dim, ExportedProgram, export
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.curves.compression import CompressedCurves
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.programs import CurveObjective
from app.fitting.curves.standard_errors import standard_errors
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers.levenberg_marquardt.damping import Damped
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import gauss_newton
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.losses import make_loss
from app.fitting.problems.objective import Objective
from app.fitting.programs.inputs import (
    FITS,
    POINTS,
    STEPS_A_TURN,
    Input,
    is_descent,
    number_inputs,
    optimizer_of,
    state_inputs,
)
from app.fitting.programs.modules import Called, Loop, Trials
from app.fitting.programs.shape import Shape
from app.fitting.programs.steps import AsItStands, Program, Step, written_out

# Lengths that occur nowhere else, so that no two axes are taken for the same, and longer than those that are known.
_EXAMPLE = {FITS: 67, POINTS: 71}
_EXAMPLE_TURNS = 73


def exported(shape: Shape) -> dict[str, ExportedProgram]:
    """Return the programs of a shape by name.

    An elementwise optimizer has a `loop`: which steps to take (turns, STEPS_A_TURN), state, numbers -> state, losses
    (turns, STEPS_A_TURN, fits). Levenberg-Marquardt on many curves has a `trial`: state, numbers -> state; and
    `gauss_newton` and `standard_errors`: parameters, numbers -> the fields of an `Update`, or the errors. On a single
    fit it has `trials`: which trials to do (turns,), state, numbers -> state, losses, steps and ends (turns,); and
    `gauss_newton`.
    """
    states, numbers = state_inputs(shape), number_inputs(shape)
    every = [*states, *numbers]
    if is_descent(shape):
        step = _traced(_descent_step(shape, states, numbers), every, shape.device)
        loop = Loop(_written_out(step, every, shape.device) if shape.nodes else AsItStands(step), states)
        return {"loop": _exported_loop(loop, torch.ones(_EXAMPLE_TURNS, STEPS_A_TURN), every, shape.device)}
    trial = _traced(_trial(shape, states, numbers), every, shape.device)
    at_parameters = [*states[:1], *numbers]
    update = _traced(_of_parameters(shape, numbers, gauss_newton), at_parameters, shape.device)
    if shape.alone:
        trials = Trials(_written_out(trial, every, shape.device), states)
        return {
            "trials": _exported_loop(trials, torch.ones(_EXAMPLE_TURNS), every, shape.device),
            "gauss_newton": _exported(_written_out(update, at_parameters, shape.device), at_parameters, shape.device),
        }
    errors = _traced(_of_parameters(shape, numbers, _errors), at_parameters, shape.device)
    return {
        "trial": _exported(trial, every, shape.device),
        "gauss_newton": _exported(update, at_parameters, shape.device),
        "standard_errors": _exported(errors, at_parameters, shape.device),
    }


def _written_out(step: GraphModule, inputs: list[Input], device: str) -> Step:
    return written_out(step, inputs, [_example(spec, device) for spec in inputs])


def _objective(shape: Shape, numbers: Mapping[str, Tensor], parameters: Tensor) -> CurveObjective:
    """Return the fits as curves, from `numbers` by name, each a tensor with the fits as last axis."""
    untied = [*shape.free, *shape.fixed]
    tied = {name: parse_tie(text, untied) for name, text in shape.tied}
    fixed: Any = dict(zip(shape.fixed, numbers["fixed"].unbind(), strict=True)) if shape.fixed else {}
    bounds: Any = {
        side: dict(zip(shape.free, numbers[side].unbind(), strict=True)) if shape.bounded else {}
        for side in ("lower", "upper")
    }
    model_parameters = Parameters((*untied, *tied), fixed, tied, **bounds)
    nodes = shape.variables[0] if shape.nodes else None
    problem = CurveProblem(
        parse(shape.formula, shape.variables),
        {name: numbers["nodes" if name == nodes else f"x.{name}"] for name in shape.variables},
        numbers["target" if nodes else "y"],
        numbers.get("factor"),
        numbers.get("counts", parameters),
        model_parameters,
        parameters,
        make_loss(shape.loss, numbers.get("threshold")),
        shape.sigma_is_absolute,
    )
    return CompressedCurves(problem, numbers["matrix"], numbers["floor"]) if shape.nodes else problem


def _descent_step(shape: Shape, states: list[Input], numbers: list[Input]) -> Program:
    """Return one update as a function of plain tensors."""

    def step(parameters: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        state = _named(states[1:], rest)
        by_name = _named(numbers, rest[len(states) - 1 :])
        objective = _objective(shape, by_name, parameters)
        result = optimizer_of(shape, by_name).step(objective, parameters, state)
        return result.parameters.detach(), *(result.state[spec.name] for spec in states[1:]), result.loss

    return step


def _trial(shape: Shape, states: list[Input], numbers: list[Input]) -> Program:
    def trial(*tensors: Tensor) -> tuple[Tensor, ...]:
        state = Damped(**_named(states, tensors))
        by_name = _named(numbers, tensors[len(states) :])
        optimizer = optimizer_of(shape, by_name)
        assert isinstance(optimizer, LevenbergMarquardt)  # noqa: S101
        return tuple(optimizer.trial(_objective(shape, by_name, state.parameters), state))

    return _of_one_curve(trial) if shape.alone else trial


def _of_parameters(
    shape: Shape, numbers: list[Input], function: Callable[[Objective, Tensor], tuple[Tensor, ...]]
) -> Program:
    def program(parameters: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        return tuple(function(_objective(shape, _named(numbers, rest), parameters), parameters))

    return _of_one_curve(program) if shape.alone else program


def _of_one_curve(program: Program) -> Program:
    """Return a program without the axis of curves, which calls `program` with an axis of one curve."""

    def of_one(*tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(output[..., 0] for output in program(*(tensor[..., None] for tensor in tensors)))

    return of_one


def _errors(objective: Objective, parameters: Tensor) -> tuple[Tensor, ...]:
    assert isinstance(objective, CurveProblem)  # noqa: S101
    return (torch.stack(list(standard_errors(objective, parameters).values())),)


def _named(inputs: Sequence[Input], tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    return {spec.name: tensor for spec, tensor in zip(inputs, tensors, strict=False)}


def _traced(program: Program, inputs: list[Input], device: str) -> GraphModule:
    traced: GraphModule = make_fx(program, tracing_mode="symbolic")(*(_example(spec, device) for spec in inputs))
    traced.graph.eliminate_dead_code()
    traced.recompile()
    return traced


def _example(spec: Input, device: str) -> Tensor:
    sizes = [_EXAMPLE[axis] if isinstance(axis, str) else axis for axis in spec.axes]
    return torch.rand(sizes, dtype=torch.float64, device=device).to(spec.dtype)


def _sizes(inputs: Sequence[Input]) -> list[dict[int, Any]]:
    lengths = {FITS: Dim("fits", min=2, max=2**24), POINTS: Dim("points", min=2, max=2**28)}
    return [{k: lengths[axis] for k, axis in enumerate(spec.axes) if isinstance(axis, str)} for spec in inputs]


def _exported(program: Program, inputs: list[Input], device: str) -> ExportedProgram:
    examples = tuple(_example(spec, device) for spec in inputs)
    return export(Called(program), examples, dynamic_shapes=(tuple(_sizes(inputs)),), strict=False)


def _exported_loop(loop: torch.nn.Module, turns: Tensor, inputs: list[Input], device: str) -> ExportedProgram:
    examples = (turns.to(device, torch.bool), *(_example(spec, device) for spec in inputs))
    sizes = ({0: Dim("turns", min=2, max=2**28)}, tuple(_sizes(inputs)))
    return export(loop, examples, dynamic_shapes=sizes, strict=False)

"""The programs of a shape, ready to be compiled: our own steps, traced through autograd.

A step is traced with `make_fx` over `torch.autograd.grad`, which honours a Function's own backward; `torch.compile`
around `torch.func.grad` would look into its forward and derive that instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
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
from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.optimizers.levenberg_marquardt.damping import Damped, trial
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import gauss_newton
from app.fitting.problems.losses import make_loss
from app.fitting.problems.objective import Objective
from app.fitting.programs.inputs import (
    DESCENTS,
    FITS,
    HYPERPARAMETERS,
    POINTS,
    STEPS_A_TURN,
    Input,
    number_inputs,
    state_inputs,
)
from app.fitting.programs.modules import Called, Loop, Trials
from app.fitting.programs.shape import Shape
from app.fitting.programs.steps import AsItStands, Program, Step, written_out

# Lengths that occur nowhere else, so that no two axes are taken for the same, and longer than all known lengths.
_EXAMPLE = {FITS: 67, POINTS: 71}
_EXAMPLE_TURNS = 73


def exported(shape: Shape) -> dict[str, ExportedProgram]:
    """Return the programs of a shape by name.

    A descent has a `loop`: it takes which steps are wanted (turns, STEPS_A_TURN), state and numbers, and returns state
    and losses (turns, STEPS_A_TURN, fits). Levenberg-Marquardt on many curves has `trial`, from state and numbers to
    state, and `gauss_newton` and `standard_errors`, from parameters and numbers to their results. On a single fit it
    has `trials`, from which trials are wanted (turns,), state and numbers to state, losses, steps and ends (turns,);
    and `gauss_newton`.
    """
    states, numbers = state_inputs(shape), number_inputs(shape)
    inputs = [*states, *numbers]
    if shape.optimizer in DESCENTS:
        step = _traced(_descent_step(shape, states, numbers), inputs, shape.device)
        loop = Loop(_written_out(step, inputs, shape.device) if shape.nodes else AsItStands(step), states)
        return {"loop": _exported_loop(loop, torch.ones(_EXAMPLE_TURNS, STEPS_A_TURN), inputs, shape.device)}
    one_trial = _traced(_trial(shape, states, numbers), inputs, shape.device)
    update_inputs = [*states[:1], *numbers]
    update = _traced(_of_parameters(shape, numbers, gauss_newton), update_inputs, shape.device)
    if shape.alone:
        trials = Trials(_written_out(one_trial, inputs, shape.device), states)
        return {
            "trials": _exported_loop(trials, torch.ones(_EXAMPLE_TURNS), inputs, shape.device),
            "gauss_newton": _exported(_written_out(update, update_inputs, shape.device), update_inputs, shape.device),
        }
    errors = _traced(_of_parameters(shape, numbers, _errors), update_inputs, shape.device)
    return {
        "trial": _exported(one_trial, inputs, shape.device),
        "gauss_newton": _exported(update, update_inputs, shape.device),
        "standard_errors": _exported(errors, update_inputs, shape.device),
    }


def _written_out(step: GraphModule, inputs: list[Input], device: str) -> Step:
    return written_out(step, inputs, [_example(spec, device) for spec in inputs])


def _objective(shape: Shape, numbers: Mapping[str, Tensor], parameters: Tensor) -> CurveObjective:
    """Return the objective of the fits as curves; every number is a tensor whose last axis is that of the fits."""
    untied = [*shape.free, *shape.fixed]
    tied = {name: parse_tie(text, untied) for name, text in shape.tied}
    fixed: Any = dict(zip(shape.fixed, numbers["fixed"].unbind(), strict=True)) if shape.fixed else {}
    bounds: Any = {
        side: dict(zip(shape.free, numbers[side].unbind(), strict=True)) if shape.bounded else {}
        for side in ("lower", "upper")
    }
    settings = Parameters((*untied, *tied), fixed, tied, **bounds)
    nodes = shape.variables[0] if shape.nodes else None
    problem = CurveProblem(
        parse(shape.formula, shape.variables),
        {name: numbers["nodes" if name == nodes else f"x.{name}"] for name in shape.variables},
        numbers["target" if nodes else "y"],
        numbers.get("factor"),
        numbers.get("counts", parameters),
        settings,
        parameters,
        make_loss(shape.loss, numbers.get("threshold")),
        shape.sigma_is_absolute,
    )
    return CompressedCurves(problem, numbers["matrix"], numbers["floor"]) if shape.nodes else problem


def _descent_step(shape: Shape, states: list[Input], numbers: list[Input]) -> Program:
    """Return one update as a function of plain tensors."""

    def step(parameters: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        state = _named(states[1:], rest)
        values = _named(numbers, rest[len(states) - 1 :])
        objective = _objective(shape, values, parameters)
        update = _optimizer(shape, values).step(objective, parameters, state)
        return update.parameters.detach(), *(update.state[spec.name] for spec in states[1:]), update.loss

    return step


def _trial(shape: Shape, states: list[Input], numbers: list[Input]) -> Program:
    def one_trial(*tensors: Tensor) -> tuple[Tensor, ...]:
        state = Damped(**_named(states, tensors))
        return tuple(trial(_objective(shape, _named(numbers, tensors[len(states) :]), state.parameters), state))

    return _of_one_curve(one_trial) if shape.alone else one_trial


def _of_parameters(
    shape: Shape, numbers: list[Input], function: Callable[[Objective, Tensor], tuple[Tensor, ...]]
) -> Program:
    def program(parameters: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        return tuple(function(_objective(shape, _named(numbers, rest), parameters), parameters))

    return _of_one_curve(program) if shape.alone else program


def _of_one_curve(program: Program) -> Program:
    """Return a program without the axis of the curves, which adds an axis of one curve for `program`."""

    def without_axis(*tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(output[..., 0] for output in program(*(tensor[..., None] for tensor in tensors)))

    return without_axis


def _errors(objective: Objective, parameters: Tensor) -> tuple[Tensor, ...]:
    assert isinstance(objective, CurveProblem)  # noqa: S101
    return (torch.stack(list(standard_errors(objective, parameters).values())),)


def _named(inputs: Sequence[Input], tensors: Sequence[Tensor]) -> dict[str, Tensor]:
    return {spec.name: tensor for spec, tensor in zip(inputs, tensors, strict=False)}


def _optimizer(shape: Shape, numbers: Mapping[str, Tensor]) -> Optimizer:
    settings: dict[str, Any] = {name: numbers[name] for name in HYPERPARAMETERS[shape.optimizer]}
    if shape.optimizer == "adam":
        return Adam(**settings)
    descent = GradientDescent(**settings, nesterov=shape.nesterov)
    return descent if shape.momentum else replace(descent, momentum=0.0)


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

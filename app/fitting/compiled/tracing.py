"""From a shape to a program that can be compiled: our own step, traced through autograd, inside a scan over steps.

The step is traced with `make_fx` over `torch.autograd.grad`, which honours a Function's own backward; `torch.compile`
around `torch.func.grad` would look into its forward and derive that instead.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch._higher_order_ops.scan import scan
from torch.export import Dim, ExportedProgram, export
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.compiled.inputs import FITS, HYPERPARAMETERS, POINTS, Input, number_inputs, state_inputs
from app.fitting.compiled.shape import Shape
from app.fitting.formula import parse
from app.fitting.losses import make_loss
from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Linearised, Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.parameters import Parameters, parse_tie

# Lengths that occur nowhere else, so that no two axes are taken for the same.
_EXAMPLE = {FITS: 7, POINTS: 11}
_EXAMPLE_STEPS = 13


class _Fits:
    """Some fits side by side as an objective; every number a tensor with the fits as last axis."""

    def __init__(self, shape: Shape, numbers: Mapping[str, Tensor]) -> None:
        self._shape, self._numbers = shape, numbers
        self._formula = parse(shape.formula, shape.variables)
        untied = [*shape.free, *shape.fixed]
        tied = {name: parse_tie(text, untied) for name, text in shape.tied}
        self._parameters = Parameters((*untied, *tied), dict.fromkeys(shape.fixed, 0.0), tied)

    def loss(self, parameters: Tensor) -> Tensor:
        """(fits,)"""
        numbers, shape = self._numbers, self._shape
        if shape.nodes:
            model = self._model(parameters, {shape.variables[0]: numbers["nodes"]}, numbers["nodes"])
            residual = (numbers["matrix"] * model).sum(1) - numbers["target"]
            return (residual * residual).sum(0) + numbers["floor"]
        variables = {name: numbers[f"x.{name}"] for name in shape.variables}
        model = self._model(parameters, variables, numbers["y"])
        loss = make_loss(shape.loss, numbers.get("threshold"))
        return loss.terms(model, numbers["y"], numbers.get("factor")).sum(0)

    def linearised(self, parameters: Tensor) -> Linearised:
        """Not asked for by these optimizers."""
        raise NotImplementedError

    def project(self, parameters: Tensor) -> Tensor:
        """Within the bounds."""
        if not self._shape.bounded:
            return parameters
        return parameters.maximum(self._numbers["lower"]).minimum(self._numbers["upper"])

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Not asked for by these optimizers."""
        raise NotImplementedError

    def _model(self, parameters: Tensor, variables: Mapping[str, Tensor], like: Tensor) -> Tensor:
        values = dict(zip(self._shape.free, parameters.unbind(), strict=True))
        if self._shape.fixed:
            values |= dict(zip(self._shape.fixed, self._numbers["fixed"].unbind(), strict=True))
        values |= {name: tie(values) for name, tie in self._parameters.tied.items()}
        return self._formula({**variables, **values}).expand_as(like)


def exported(shape: Shape) -> ExportedProgram:
    """The loop: (steps,) of anything, parameters, state, numbers -> parameters, state, losses (steps, fits)."""
    parameters = Input("parameters", (len(shape.free), FITS), getattr(torch, shape.dtype))
    states, numbers = state_inputs(shape), number_inputs(shape)
    inputs = [parameters, *states, *numbers]
    examples = [_example(one, shape.device) for one in inputs]
    step = make_fx(_step(shape, states, numbers), tracing_mode="symbolic")(*examples)
    step.graph.eliminate_dead_code()
    step.recompile()
    lengths = {FITS: Dim("fits", min=2, max=2**24), POINTS: Dim("points", min=2, max=2**28)}
    sizes = [{k: lengths[axis] for k, axis in enumerate(one.axes) if isinstance(axis, str)} for one in inputs]
    steps = torch.zeros(_EXAMPLE_STEPS, dtype=torch.float64, device=shape.device)
    loop = _Loop(step, 1 + len(states))
    return export(
        loop, (steps, *examples), dynamic_shapes=({0: Dim("steps", min=2, max=2**28)}, tuple(sizes)), strict=False
    )


def _example(one: Input, device: str) -> Tensor:
    sizes = [_EXAMPLE[axis] if isinstance(axis, str) else axis for axis in one.axes]
    return torch.rand(sizes, dtype=one.dtype, device=device)


def _step(shape: Shape, states: list[Input], numbers: list[Input]) -> Any:
    """One update as a function of plain tensors."""

    def step(parameters: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        state = {one.name: tensor for one, tensor in zip(states, rest, strict=False)}
        told = {one.name: tensor for one, tensor in zip(numbers, rest[len(states) :], strict=True)}
        found = _optimizer(shape, told).step(_Fits(shape, told), parameters, state)
        return found.parameters.detach(), *(found.state[one.name] for one in states), found.loss

    return step


def _optimizer(shape: Shape, numbers: Mapping[str, Tensor]) -> Optimizer:
    given: dict[str, Any] = {name: numbers[name] for name in HYPERPARAMETERS[shape.optimizer]}
    if shape.optimizer == "adam":
        return Adam(**given)
    found = GradientDescent(**given, nesterov=shape.nesterov)
    return found if shape.momentum else replace(found, momentum=0.0)


class _Loop(torch.nn.Module):
    """A scan of a step."""

    def __init__(self, step: torch.fx.GraphModule, carried: int) -> None:
        super().__init__()
        self._step, self._carried = step, carried

    def forward(self, steps: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
        """As many steps as `steps` is long."""
        carried, numbers = inputs[: self._carried], inputs[self._carried :]
        fits = carried[0].shape[-1]

        def body(state: tuple[Tensor, ...], _step: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
            *state, loss = self._step(*state, *numbers)
            # The lowering of a scan knows only sizes that the body names.
            return tuple(part.clone() for part in state), loss + torch.zeros(fits, dtype=loss.dtype, device=loss.device)

        state, losses = scan(body, carried, steps)
        return *state, losses

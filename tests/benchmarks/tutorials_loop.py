"""PyTorch's tutorial of custom autograd functions, as it stands there but in float64."""

import math
from typing import Any

import torch
from torch import Tensor

STEPS, POINTS, RATE = 2000, 2000, 5e-6
START = (0.0, -1.0, 0.0, 0.3)
FINAL_LOSS = 8.94364
"""What the tutorial prints at its last step: the loss before the last update."""


class CubicLegendre(torch.autograd.Function):
    """P3(x) = (5 x^3 - 3 x) / 2 with a backward of its own, as the tutorial has it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return 0.5 * (5 * x**3 - 3 * x)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * x**2 - 1)


def tutorials_loop(x: Tensor, y: Tensor, rate: float = RATE, steps: int = STEPS) -> tuple[list[float], float]:
    """Run the tutorial's own loop: coefficients, and the loss before the last update."""
    a, b, c, d = (torch.full((), value, dtype=torch.float64, requires_grad=True) for value in START)
    cubic = CubicLegendre.apply
    shown = math.nan
    for step in range(steps):
        y_pred = a + b * cubic(c + d * x)
        loss = (y_pred - y).pow(2).sum()
        # Where the tutorial prints it.
        if step % 100 == 99:
            shown = loss.item()
        loss.backward()
        with torch.no_grad():
            a -= rate * a.grad
            b -= rate * b.grad
            c -= rate * c.grad
            d -= rate * d.grad
            a.grad = None
            b.grad = None
            c.grad = None
            d.grad = None
    return [a.item(), b.item(), c.item(), d.item()], shown

"""Gpufit's problem: 2-D Gaussians of 5 x 5 pixels with noise."""

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt

MODEL = "height * exp(-((x1 - x0)^2 + (x2 - y0)^2) / (2 * width^2)) + offset"
START = {"height": 90.0, "x0": 2.0, "y0": 2.0, "width": 1.0, "offset": 12.0}
SIDE, NOISE, ITERATIONS = 5, 10.0, 10
SOLVER = LevenbergMarquardt()


def gaussians(fits: int, seed: int = 1) -> tuple[CurveProblem, dict[str, Tensor]]:
    """Return so many peaks with noise, and their true parameters."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(fits, generator=generator)

    row, column = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    variables = {"x1": column.reshape(-1, 1).float(), "x2": row.reshape(-1, 1).float()}
    truth = {"height": torch.full((fits,), 100.0), "x0": uniform(1.5, 2.5), "y0": uniform(1.5, 2.5)}
    truth |= {"width": uniform(1, 1.2), "offset": torch.full((fits,), 10.0)}
    formula = parse(MODEL, tuple(variables))
    y = formula({**variables, **truth}) + NOISE * torch.randn(SIDE**2, fits, generator=generator)
    start = torch.tensor([START[name] for name in formula.parameters])[:, None].repeat(1, fits)
    counts = torch.full((fits,), SIDE**2)
    return CurveProblem(formula, variables, y, None, counts, Parameters(formula.parameters), start), truth

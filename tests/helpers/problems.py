"""Problems that several tests pose."""

import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem


def robust() -> Problem:
    """Return a problem with everything at once.

    It has weights, bounds, a fixed and a tied parameter, a robust loss and several variables.
    """
    formula = parse("a * exp(-b * u) + c * v + d + f", ["u", "v"])
    parameters = Parameters(
        formula.parameters, {"d": 0.5}, {"f": parse_tie("2 * a", ["a", "b", "c", "d"])}, {"b": 0.1}, {"b": 0.9}
    )
    generator = torch.Generator().manual_seed(1)
    u, v, noise = (torch.rand(50, generator=generator, dtype=torch.float64) for _ in range(3))
    y = 2 * torch.exp(-0.7 * u) + v + 4.5 + noise
    data = Data({"u": u, "v": v}, y, torch.linspace(0.5, 2, 50, dtype=torch.float64))
    return Problem(formula, data, parameters, torch.ones(3, dtype=torch.float64) * 0.8, make_loss("huber", 0.7))

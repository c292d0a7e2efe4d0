"""Problems of many curves as one tensor: a plate of dose-response curves, and decays that share parameters."""

from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.training import start, train

SOLVER = make_optimizer("levenberg_marquardt")
DECAY_X = torch.linspace(0, 5, 15, dtype=torch.float64)
DOSES = torch.tensor([0.0, *(10 ** (k / 3) for k in range(-7, 8))], dtype=torch.float64)
DOSE_RESPONSE = "bottom + (top - bottom)*sigmoid(hill*(log(maximum(x, 1e-300)) - log(ec50)))"


def plate(curves: int, seed: int = 0, **parameters: dict[str, object]) -> CurveProblem:
    """Return dose-response curves with noise."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(curves, generator=generator, dtype=torch.float64)

    bottom, top, hill, ec50 = uniform(0, 10), uniform(80, 120), uniform(0.7, 2), 10 ** uniform(-0.5, 0.5)
    formula = parse(DOSE_RESPONSE)
    x = DOSES[:, None]
    values = {"bottom": bottom, "top": top, "hill": hill, "ec50": ec50}
    noise = torch.randn(len(x), curves, generator=generator, dtype=torch.float64)
    y = formula({"x": x, **values}) + 2 * noise
    wanted = Parameters(formula.parameters, **parameters)
    begin = {"bottom": 0.0, "top": 100.0, "hill": 1.0, "ec50": 1.0}
    vector = torch.tensor([begin[name] for name in wanted.free], dtype=torch.float64)
    counts = torch.full((curves,), len(x))
    return CurveProblem(formula, {"x": x}, y, None, counts, wanted, vector[:, None].repeat(1, curves))


def decays(curves: int, **parameters: dict[str, float]) -> CurveProblem:
    """Return decays of one rate and offset, each of its own amplitude."""
    formula = parse("amplitude*exp(-rate*x) + offset")
    heights = 1 + torch.arange(curves, dtype=torch.float64)
    noise = torch.randn(15, curves, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    y = heights * torch.exp(-0.8 * DECAY_X[:, None]) + 0.5 + 0.05 * noise
    wanted = Parameters(formula.parameters, **parameters)
    begin = torch.ones(len(wanted.free), curves, dtype=torch.float64)
    return CurveProblem(formula, {"x": DECAY_X[:, None]}, y, None, torch.full((curves,), 15), wanted, begin)


def as_one_problem(curves: int, loss: str) -> tuple[CurveProblem, Problem, Tensor]:
    """Return decays that share rate and offset; the same as one problem with an amplitude for each; and its minimum."""
    problem = decays(curves)
    if loss == "poisson":
        problem = replace(problem, y=(10 * problem.y).round())
    function = make_loss(loss, 0.05)
    chosen = " + ".join(f"amplitude{k}*i{k}" for k in range(curves))
    formula = parse(f"({chosen})*exp(-rate*x) + offset", ["x", *(f"i{k}" for k in range(curves))])
    variables = {f"i{k}": torch.eye(curves, dtype=torch.float64)[k].repeat_interleave(15) for k in range(curves)}
    data = Data({"x": DECAY_X.repeat(curves), **variables}, problem.y.T.flatten())
    begin = torch.ones(curves + 2, dtype=torch.float64)
    joint = Problem(formula, data, Parameters(formula.parameters), begin, function)
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(joint, optimizer, start(joint, optimizer, joint.start), 500, 3600)
    return replace(problem, loss_function=function), joint, last.checkpoint.parameters

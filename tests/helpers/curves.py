"""Fits of many curves as one tensor: a plate of dose-response curves, and what the work on it answers."""

from collections.abc import Generator
from typing import TypeVar

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters

Answer = TypeVar("Answer")
DOSES = torch.tensor([0.0, *(10 ** (k / 3) for k in range(-7, 8))], dtype=torch.float64)
DOSE_RESPONSE = "bottom + (top - bottom)*sigmoid(hill*(log(maximum(x, 1e-300)) - log(ec50)))"


def rests_and_answer(work: Generator[None, None, Answer]) -> tuple[int, Answer]:
    """Return how often the work let others look, and what it answers."""
    rests = 0
    while True:
        try:
            next(work)
        except StopIteration as end:
            return rests, end.value
        rests += 1


def answer(work: Generator[None, None, Answer]) -> Answer:
    """Return what the work answers."""
    return rests_and_answer(work)[1]


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
    given = Parameters(formula.parameters, **parameters)
    begin = {"bottom": 0.0, "top": 100.0, "hill": 1.0, "ec50": 1.0}
    vector = torch.tensor([begin[name] for name in given.free], dtype=torch.float64)
    counts = torch.full((curves,), len(x))
    return CurveProblem(formula, {"x": x}, y, None, counts, given, vector[:, None].repeat(1, curves))

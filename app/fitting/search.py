"""A search for start values that nobody gave, by many candidates and short fits of the best.

The candidates depend on the data and on a seed alone, so a search made again finds the same.
"""

import math
from collections.abc import Collection, Generator, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.linearity import linear_parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problem import Data, Problem
from app.fitting.training import start, train
from app.fitting.variable_projection import project

MOST_POINTS = 400
"""Points on which candidates are tried, evenly chosen in the order of the first variable."""
CANDIDATES = 8192
_AT_ONCE = 512
_REFINED = 24
_REFINEMENTS = 60
_PIECE_SECONDS = 0.1
_REWEIGHTINGS = 8
"""Rounds in which the linear parameters of a robust loss are solved for."""
_DECADES = 3.0
"""How far from a scale of the data, up and down, a parameter is looked for."""


def search_start(problem: Problem, unknown: Collection[str], seed: int) -> Generator[None, None, Tensor]:
    """Start values (free,) with those parameters found that are `unknown`; the others keep theirs.

    Parameters in which the formula is linear are solved for (variable projection), the others drawn: of either sign,
    and over several decades about 1, the scales of x and y, and their reciprocals. The best candidates are trained a
    few steps; the best of these is the answer, or the start of the problem if no candidate has a finite loss. It rests
    for a moment between pieces of work.
    """
    small = _thinned(problem)
    linear = linear_parameters(problem.formula, [*unknown], problem.parameters.tied)
    linear = tuple(name for name in linear if name in unknown)
    drawn = [name for name in problem.parameters.free if name in unknown and name not in linear]
    generator = torch.Generator().manual_seed(seed)
    ranked: list[tuple[float, Tensor]] = []
    for _ in range(CANDIDATES // _AT_ONCE if drawn else 1):
        candidates = _solved(small, linear, _drawn(small, drawn, generator))
        ranked = _best([*ranked, *_scored(small, candidates)])
        yield
    best, least = problem.start, math.inf
    for _, vector in ranked:
        for loss, parameters in _trained(replace(small, start=vector)):
            yield
            if loss < least:
                best, least = parameters, loss
    return best


def _thinned(problem: Problem) -> Problem:
    """On fewer points."""
    data = problem.data
    if len(data.y) <= MOST_POINTS:
        return problem
    order = next(iter(data.variables.values())).argsort()
    chosen = order[torch.linspace(0, len(order) - 1, MOST_POINTS, dtype=torch.float64).round().long()]
    variables = {name: variable[chosen] for name, variable in data.variables.items()}
    factor = None if data.factor is None else data.factor[chosen]
    return replace(problem, data=Data(variables, data.y[chosen], factor, data.sigma_is_absolute))


def _drawn(problem: Problem, names: Collection[str], generator: torch.Generator) -> dict[str, Tensor]:
    """Candidates (candidates,) of each parameter: a random size about a random scale, or a place among the data."""
    lower, upper = (dict(zip(problem.parameters.free, side.tolist(), strict=True)) for side in problem.bounds)
    scales, places = _scales(problem)
    return {
        name: _within(_one_drawn(scales, places, generator), lower[name], upper[name], generator).to(problem.start)
        for name in names
    }


def _one_drawn(scales: Tensor, places: Tensor, generator: torch.Generator) -> Tensor:
    def uniform() -> Tensor:
        return torch.rand(_AT_ONCE, generator=generator, dtype=torch.float64)

    scale = scales[(uniform() * len(scales)).long()]
    # Most models have more positive parameters than negative ones.
    sign = torch.where(uniform() < 0.7, 1.0, -1.0)
    size = sign * scale * 10 ** (_DECADES * (2 * uniform() - 1))
    place = places[(uniform() * len(places)).long()]
    return torch.where(uniform() < 0.3, place, size)


def _within(values: Tensor, lower: float, upper: float, generator: torch.Generator) -> Tensor:
    """Drawn anew, evenly, where outside of two bounds; moved to the bound, or mirrored at it, where there is one."""
    if math.isfinite(lower) and math.isfinite(upper):
        even = lower + (upper - lower) * torch.rand(len(values), generator=generator, dtype=torch.float64)
        return torch.where((values < lower) | (values > upper), even, values)
    if math.isfinite(lower):
        return torch.where(values < lower, 2 * lower - values, values)
    return torch.where(values > upper, 2 * upper - values, values) if math.isfinite(upper) else values


def _scales(problem: Problem) -> tuple[Tensor, Tensor]:
    """Sizes that parameters may have, and numbers that they may be: of the data, and their reciprocals."""
    scales, places = [1.0], [0.0, 1.0]
    for variable in problem.data.variables.values():
        x = variable.double().sort().values
        steps = x.diff()
        sizes = [(x[-1] - x[0]).item(), x.abs().max().item(), *steps[steps > 0].mean()[None].tolist()]
        sizes = [size for size in sizes if size > 0]
        scales += [*sizes, *(1 / size for size in sizes)]
        places += x[torch.linspace(0, len(x) - 1, 20, dtype=torch.float64).long()].tolist()
    y = problem.data.y.double()
    heights = [(y.max() - y.min()).item(), y.abs().max().item()]
    scales += [height for height in heights if height > 0]
    scales = [scale for scale in scales if 0 < scale < math.inf]
    return torch.tensor(scales, dtype=torch.float64), torch.tensor(places, dtype=torch.float64)


def _solved(problem: Problem, linear: Collection[str], drawn: dict[str, Tensor]) -> Tensor:
    """Candidates (free, candidates), the parameters `linear` solved for."""
    data, parameters = problem.data, problem.parameters
    count = len(next(iter(drawn.values()))) if drawn else 1
    known = {name: value.expand(count) for name, value in zip(parameters.free, problem.start, strict=True)} | drawn
    if not linear:
        return torch.stack([known[name] for name in parameters.free])
    values, y, factor = _upright(data)

    def formula(given: dict[str, Tensor]) -> Tensor:
        vector = torch.stack([given[name].expand(count) for name in parameters.free])
        return problem.formula({**values, **parameters.values(vector)})

    weighted = factor
    for _ in range(_REWEIGHTINGS):
        known |= project(formula, [*linear], {**values, **known}, y, weighted).values
        weights = problem.loss_function.weights(formula(known).expand(len(y), count), y, factor)
        if weights is None:
            break
        root = weights.clamp(min=0).sqrt()
        weighted = root if factor is None else root * factor
    return problem.project(torch.stack([known[name].expand(count) for name in parameters.free]).T).T


def _upright(data: Data) -> tuple[dict[str, Tensor], Tensor, Tensor | None]:
    """Variables, response and factor, (points, 1) each: candidates stand side by side."""
    variables = {name: variable[:, None] for name, variable in data.variables.items()}
    return variables, data.y[:, None], None if data.factor is None else data.factor[:, None]


def _scored(problem: Problem, candidates: Tensor) -> Iterator[tuple[float, Tensor]]:
    """Loss and vector (free,) of each candidate whose loss is finite."""
    variables, y, factor = _upright(problem.data)
    model = problem.formula({**variables, **problem.parameters.values(candidates)})
    losses = problem.loss_function.terms(model, y, factor).sum(0).expand(candidates.shape[1])
    order = losses.argsort()[: 4 * _REFINED]
    for index in order.tolist():
        loss = losses[index].item()
        if math.isfinite(loss):
            yield loss, candidates[:, index]


def _best(ranked: Collection[tuple[float, Tensor]]) -> list[tuple[float, Tensor]]:
    """The best, no two of which are nearly the same in loss: these would lead to the same minimum."""
    chosen: list[tuple[float, Tensor]] = []
    for loss, vector in sorted(ranked, key=lambda pair: pair[0]):
        if not chosen or loss > chosen[-1][0] * 1.001:
            chosen.append((loss, vector))
        if len(chosen) == _REFINED:
            break
    return chosen


def _trained(problem: Problem) -> Iterator[tuple[float, Tensor]]:
    """Loss and parameters after a few steps of Levenberg-Marquardt, as they are reached."""
    optimizer = make_optimizer("levenberg_marquardt")
    begin = start(problem, optimizer, problem.start)
    for chunk in train(problem, optimizer, begin, _REFINEMENTS, _PIECE_SECONDS):
        yield chunk.checkpoint.loss, chunk.checkpoint.parameters

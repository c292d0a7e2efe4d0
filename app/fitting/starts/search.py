"""A search for start values that nobody gave, by many candidates and short fits of the best.

The result depends on the problem and on a seed alone, not on the speed of the machine: a search made again finds the
same.
"""

import math
from collections.abc import Collection, Generator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.curves.batches import trained_together
from app.fitting.curves.histories import ends_of
from app.fitting.formulas.functions import constant_like
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.data import Data
from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.problem import Problem
from app.fitting.programs.evaluation import evaluated
from app.fitting.starts.candidates import Scales, draw
from app.fitting.starts.plainness import Ranked, Size
from app.fitting.starts.variable_projection import Projected, Separated, separate

MOST_POINTS = 400
"""Most points on which candidates are tried."""
CANDIDATES = 8192
"""Number of candidates that are tried."""
_AT_ONCE = 1024
"""Most candidates that are tried together."""
_NUMBERS_AT_ONCE = 2**20
"""Most numbers in the columns of all candidates that are tried together."""
_REFINED = 24
"""Number of candidates that are trained."""
_PLAINER = 8
"""Number of plainer candidates that are trained too, in each round."""
_ROUNDS = 5
"""Most rounds in which plainer candidates are trained."""
_REFINEMENTS = 60
"""Most steps of the training of a candidate."""
_PIECE_SECONDS = 0.1
_REWEIGHTINGS = 8
"""Rounds in which the linear parameters of a robust loss are solved for."""


def search_start(problem: Problem, unknown: Collection[str], seed: int) -> Generator[None, None, Tensor]:
    """Search for start values (free,) of the free parameters `unknown`, beginning at their start for the others.

    Unknown parameters in which the formula is linear are solved for (variable projection); the others are drawn, of
    either sign and over several decades about 1, the scales of x and y, and their reciprocals; the known ones stay at
    their start. All free parameters of the best candidates are then trained a few steps, and the plainest of those
    that are as good as any is the answer: known parameters that stayed behind would make worse starts of the others.
    It is the start of the problem where nothing is unknown or no candidate has a finite loss.

    It is a generator that pauses between pieces of work of about 0.1 s, and returns the answer at its end. It looks at
    no more than MOST_POINTS points, and misses what only the points between them show, such as a very narrow peak.
    """
    if not unknown:
        return problem.start
    generator = torch.Generator().manual_seed(seed)
    small = _thinned(problem, generator)
    linear = linear_parameters(problem.formula, unknown, problem.parameters.tied)
    candidates = yield from _candidates(small, unknown, linear, generator)
    ends = yield from _trained(small, candidates.distinct(_REFINED))
    if not len(ends.losses):
        return problem.start
    return (yield from _plainest(small, candidates, ends, Size.near(small, ends.parameters[0], unknown, linear)))


def _thinned(problem: Problem, generator: torch.Generator) -> Problem:
    """Return the problem on at most MOST_POINTS points, in the order of the first variable.

    The points are divided into stretches of equally many, and one is drawn from each: among evenly chosen points a fast
    oscillation looks like a slow one.
    """
    data, points = problem.data, len(problem.data.y)
    if points <= MOST_POINTS:
        return problem
    order = next(iter(data.variables.values())).argsort(stable=True)
    places = torch.arange(MOST_POINTS) + torch.rand(MOST_POINTS, generator=generator, dtype=torch.float64)
    chosen = order[(places * (points / MOST_POINTS)).long().clamp(max=points - 1).to(order.device)]
    variables = {name: variable[chosen] for name, variable in data.variables.items()}
    factor = None if data.factor is None else data.factor[chosen]
    return replace(problem, data=Data(variables, data.y[chosen], factor, data.sigma_is_absolute))


def _candidates(
    problem: Problem, unknown: Collection[str], linear: Sequence[str], generator: torch.Generator
) -> Generator[None, None, Ranked]:
    drawn = [name for name in problem.parameters.free if name in unknown and name not in linear]
    scales = Scales.of(problem.data)
    most = _NUMBERS_AT_ONCE // (len(problem.data.y) * (len(linear) + 1))
    count = max(1, min(_AT_ONCE, most)) if drawn else 1
    tried = []
    for _ in range(math.ceil(CANDIDATES / count) if drawn else 1):
        values = draw(problem, drawn, scales, count, generator)
        by_program = _tried_by_program(problem, linear, values, count)
        tried.append(by_program or _tried(problem, linear, values, count))
        yield
    return Ranked.of(torch.cat([losses for _, losses in tried]), torch.cat([candidates.T for candidates, _ in tried]))


def _side_by_side(problem: Problem, starts: Tensor) -> CurveProblem:
    """Return curves of the data of one problem, each with a start of its own, `starts` (free, curves)."""
    data, curves = problem.data, starts.shape[1]
    return CurveProblem(
        problem.formula,
        {name: variable[:, None] for name, variable in data.variables.items()},
        data.y[:, None].repeat(1, curves),
        None if data.factor is None else data.factor[:, None],
        torch.full((curves,), len(data.y), device=starts.device),
        problem.parameters,
        starts,
        problem.loss_function,
    )


def _tried_by_program(
    problem: Problem, linear: Sequence[str], drawn: dict[str, Tensor], count: int
) -> tuple[Tensor, Tensor] | None:
    """Return what `_tried` returns, by a program; None where there is none."""
    if not isinstance(problem.loss_function, SumOfSquares) or problem.start.device.type != "cpu":
        return None
    free = problem.parameters.free
    known = dict(zip(free, problem.start.unbind(), strict=True)) | drawn
    starts = problem.project(torch.stack([known[name].expand(count) for name in free], dim=1)).T.contiguous()
    places = tuple(free.index(name) for name in linear)
    results = evaluated(Projected(places), _side_by_side(problem, starts), starts, len(places) + 1)
    if results is None:
        return None
    starts[list(places)] = results[:-1].to(starts.dtype)
    return starts, results[-1].to(starts.dtype)


def _tried(problem: Problem, linear: Sequence[str], drawn: dict[str, Tensor], count: int) -> tuple[Tensor, Tensor]:
    """Return candidates (free, candidates) with the parameters `linear` solved for, and their losses (candidates,)."""
    data, parameters = problem.data, problem.parameters
    # Candidates stand side by side.
    variables = {name: variable[:, None] for name, variable in data.variables.items()}
    y, factor = data.y[:, None], None if data.factor is None else data.factor[:, None]
    fixed = {name: constant_like(number, y) for name, number in parameters.fixed.items()}
    known = dict(zip(parameters.free, problem.start.unbind(), strict=True)) | drawn

    def model(linear_values: dict[str, Tensor]) -> Tensor:
        values = {**fixed, **known, **linear_values}
        return problem.formula({**variables, **values, **{name: tie(values) for name, tie in parameters.tied.items()}})

    separated = separate(model, linear, y.expand(-1, count))
    solved = _solved(problem, separated, y, factor) if linear else ()
    values = {**known, **dict(zip(linear, solved, strict=True))}
    candidates = problem.project(torch.stack([values[name].expand(count) for name in parameters.free], dim=1)).T
    within = candidates[[parameters.free.index(name) for name in linear]]
    return candidates, problem.loss_function.terms(separated.model(within), y, factor).sum(0)


def _solved(problem: Problem, separated: Separated, y: Tensor, factor: Tensor | None) -> Tensor:
    """Return coefficients (linear, candidates) with a loss that is nearly the least."""
    coefficients = separated.solved(y, factor)
    for _ in range(_REWEIGHTINGS):
        weights = problem.loss_function.weights(separated.model(coefficients), y, factor)
        if weights is None:
            break
        # A count whose mean is 0 has no finite weight.
        root = torch.where(weights.isfinite(), weights, 0.0).clamp(min=0).sqrt()
        coefficients = separated.solved(y, root if factor is None else root * factor)
    return coefficients


def _trained(problem: Problem, starts: Tensor) -> Generator[None, None, Ranked]:
    """Return the parameters to which a few steps of Levenberg-Marquardt lead from each of `starts` (starts, free)."""
    if not len(starts):
        return Ranked.of(starts.new_empty(0), starts)
    curves = _side_by_side(problem, starts.T.contiguous())
    optimizer = LevenbergMarquardt()
    trained = yield from trained_together(curves, optimizer, _REFINEMENTS, _PIECE_SECONDS)
    return Ranked.of(trained.losses[ends_of(trained.steps) - 1], trained.parameters.T)


def _plainest(problem: Problem, candidates: Ranked, ends: Ranked, size: Size) -> Generator[None, None, Tensor]:
    """Return parameters (free,) as good as the best of `ends`, by training plainer and plainer candidates."""
    y, factor = problem.data.y, problem.data.factor
    loss_of_constant = problem.loss_function.terms(y.mean().expand_as(y), y, factor).sum().nan_to_num().item()
    nothing = torch.finfo(y.dtype).eps * loss_of_constant
    plainest = ends.plainest(size, nothing)
    for _ in range(_ROUNDS):
        ends = ends.joined((yield from _trained(problem, candidates.plainer(size, plainest, _PLAINER))))
        before, plainest = plainest, ends.plainest(size, nothing)
        if plainest.equal(before):
            break
    ends = ends.joined((yield from _trained(problem, problem.project(size.without_each(plainest)))))
    return ends.plainest(size, nothing)

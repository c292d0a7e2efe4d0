"""Steps by machine code and the same steps by torch, on fits that are small and quickly posed."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.damping import Damped, begin
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss, needs_threshold
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs import descent
from app.fitting.programs.bound import Bound, Pointers
from app.fitting.programs.evaluation import evaluated
from app.fitting.programs.inputs import tensors_of
from app.fitting.programs.machine import Machine
from app.fitting.programs.program import SETTINGS, Program, Recipe, compiled
from app.fitting.programs.shape import Shape, shape_of
from app.fitting.programs.solution import trials_of

SOLVER = LevenbergMarquardt()


EVERYTHING = "a*exp(-b*x) + c*sin(2*x) + d + g"
"""A formula for all kinds of parameters."""


def everything(
    loss: str = "squares", dtype: torch.dtype = torch.float64, *, plain: bool = False, points: int = 19, seed: int = 0
) -> Problem:
    """Return a fit with weights, bounds of which one holds, a fixed and a tied parameter; without any if `plain`."""
    start = {"a": 1.3, "b": 0.7, "c": 0.4}
    if plain:
        return fit(EVERYTHING, start | {"d": 0.3, "g": 0.2}, loss=loss, dtype=dtype, points=points, seed=seed)
    return fit(
        EVERYTHING,
        start,
        loss=loss,
        dtype=dtype,
        weighted=True,
        fixed={"d": 0.3},
        tied={"g": "0.2*a + 0.1"},
        lower={"b": 0.1},
        upper={"b": 0.9, "c": 0.4},
        points=points,
        seed=seed,
    )


def random(*size: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Return numbers from 0 to 1."""
    return torch.rand(size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def fit(
    text: str,
    start: Mapping[str, float],
    *,
    points: int = 19,
    variables: Sequence[str] = ("x",),
    loss: str = "squares",
    threshold: float = 0.1,
    dtype: torch.dtype = torch.float64,
    weighted: bool = False,
    fixed: Mapping[str, float] | None = None,
    tied: Mapping[str, str] | None = None,
    lower: Mapping[str, float] | None = None,
    upper: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Problem:
    """Return a fit to random data near the model at its start; x are from 0.1 to 1.1."""
    formula = parse(text, variables)
    names = (*start, *(fixed or {}))
    ties = {name: parse_tie(tie, names) for name, tie in (tied or {}).items()}
    parameters = Parameters(formula.parameters, fixed or {}, ties, lower or {}, upper or {})
    x = {name: 0.1 + random(points, seed=seed + 1 + k, dtype=dtype) for k, name in enumerate(variables)}
    begin = torch.tensor([start[name] for name in parameters.free], dtype=dtype)
    model = formula(x | parameters.values(begin)).expand(points)
    y = model + 0.4 * (random(points, seed=seed + 97, dtype=dtype) - 0.3)
    if loss == "poisson":
        y = (2 * model * random(points, seed=seed + 98, dtype=dtype)).round()
    factor = 0.5 + random(points, seed=seed + 99, dtype=dtype) if weighted else None
    function = make_loss(loss, threshold if needs_threshold(loss) else None)
    return Problem(formula, Data(x, y, factor), parameters, begin, function)


def beside_each_other(
    fits: Sequence[Problem], *, shared: bool = False, thresholds: Tensor | None = None
) -> CurveProblem:
    """Return fits of one model as curves; shorter ones are padded with their last point.

    With `shared`, all have the variables and weights of the first. `thresholds` are those of a robust loss, (fits,).
    """
    first = fits[0]
    longest = max(each.points for each in fits)

    def stacked(columns: Sequence[Tensor]) -> Tensor:
        if shared:
            return columns[0][:, None]
        return padded(columns)

    def padded(columns: Sequence[Tensor]) -> Tensor:
        return torch.stack([torch.cat([c, c[-1:].expand(longest - len(c))]) for c in columns], dim=1)

    counts = torch.tensor([each.points for each in fits])
    ragged = bool((counts < longest).any())
    factor: Tensor | None = None
    factors = [each.data.factor for each in fits]
    if first.data.factor is not None:
        factor = stacked([f for f in factors if f is not None])
    elif ragged:
        factor = torch.ones(longest, len(fits), dtype=first.start.dtype)
    if ragged and factor is not None:
        factor = torch.where(torch.arange(longest)[:, None] < counts, factor, 0.0)
    return CurveProblem(
        first.formula,
        {name: stacked([each.data.variables[name] for each in fits]) for name in first.data.variables},
        padded([each.data.y for each in fits]),
        factor,
        counts,
        first.parameters,
        torch.stack([each.start for each in fits], dim=1),
        first.loss_function if thresholds is None else make_loss(first.loss_function.name, thresholds),
        only_padded=first.data.factor is None,
    )


def stepped(
    objective: Objective,
    recipe: Recipe,
    states: Sequence[Tensor],
    settings: Sequence[float] = (),
    kind: Machine | None = None,
    steps: int = 1,
) -> list[Tensor]:
    """Return the states after some steps of a program that is made for this alone."""
    shape = shape_of(objective)
    return run(compiled(shape, recipe, kind), shape, objective, states, settings, steps)


def run(
    program: Program,
    shape: Shape,
    objective: Objective,
    states: Sequence[Tensor],
    settings: Sequence[float] = (),
    steps: int = 1,
) -> list[Tensor]:
    """Return the states after some steps of a program."""
    fits = objective.curves if isinstance(objective, CurveProblem | CompressedCurves) else 1
    tensors = tensors_of(shape, objective) | {SETTINGS: torch.tensor(settings, dtype=torch.float64)}
    after = [state.clone(memory_format=torch.contiguous_format) for state in states]
    tables = [torch.empty(fits, steps + 1, dtype=torch.float64) for _ in program.reports]
    places = Pointers(table.data_ptr() for table in tables)
    Bound(program, tensors, fits).run(Pointers.to_rows(after, fits), places, steps, steps + 1)
    return after


def descended(objective: Objective, optimizer: Optimizer, start: Tensor, kind: Machine | None = None) -> Tensor:
    """Return the parameters after one step of an elementwise optimizer by a program."""
    shape = shape_of(objective)
    state = optimizer.init(start).values()
    own = [part if part.ndim else part.expand(start.shape[1:]) for part in state]
    settings = [getattr(optimizer, name) for name in descent._settings(optimizer)]
    return stepped(objective, descent.recipe_of(shape, optimizer), [start, *own], settings, kind)[0]


def tried(objective: Objective, start: Tensor, kind: Machine | None = None, trials: int = 1) -> Damped:
    """Return the state after some damped trials by a program, from `start` (free,) or (free, curves)."""
    # The first only finds out where it is.
    shape = shape_of(objective)
    return Damped(*stepped(objective, trials_of(shape, SOLVER), begin(start, 99), kind=kind, steps=1 + trials))


def tried_by_torch(objective: Objective, start: Tensor, trials: int = 1) -> Damped:
    """Return the state after some damped trials, by torch."""
    state = begin(start, 99)
    for _ in range(1 + trials):
        state = SOLVER.trial(objective, state)
    return state


def is_close(actual: Tensor, expected: Tensor, relative: float = 1e-9) -> bool:
    """Tell whether numbers agree to rounding; each is measured by the largest of its tensor."""
    size = expected.abs().nan_to_num(0, 0, 0).max() if expected.numel() else 0
    return torch.allclose(actual, expected, rtol=relative, atol=relative * float(size), equal_nan=True)


def points_of(text: str, u: Tensor) -> CurveProblem:
    """Return a curve of one point for each number, whose only parameter u has that number."""
    formula = parse(text, ["x"])
    ones = torch.ones(1, len(u), dtype=u.dtype)
    counts = torch.ones(len(u), dtype=torch.int64)
    return CurveProblem(formula, {"x": ones}, ones, None, counts, Parameters(formula.parameters), u[None])


def value_and_slope(objective: Objective, parameters: Tensor) -> Sequence[Tensor]:
    """Return model and derivative of curves of one point with one parameter."""
    if not isinstance(objective, CurveProblem):
        raise TypeError("it takes curves")
    model, jacobian = objective.model_and_jacobian(parameters)
    return [model.sum(0), jacobian[:, 0].sum(0)]


def by_program(text: str, u: Tensor) -> Tensor:
    """Return values and slopes of a formula in u by machine code, (2, numbers), float64."""
    problem = points_of(text, u)
    values = evaluated(value_and_slope, problem, problem.start, 2)
    if values is None:
        raise AssertionError(f"{text} has no machine code")
    return values


def by_torch(text: str, u: Tensor) -> Tensor:
    """Return values and slopes of a formula in u by torch, (2, numbers), float64."""
    problem = points_of(text, u)
    return torch.stack([part.double() for part in value_and_slope(problem, problem.start)])

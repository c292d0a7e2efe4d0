"""The problem that a stored fit poses, made in one way for the check of a request and for its worker.

A fit of one curve is a problem of many curves that has one: `CurveProblem.alone` makes it a problem by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.formulas.series import Scale, SeriesError, natural_scale
from app.fitting.problems.data import DTYPES, sampled_function
from app.fitting.problems.losses import make_loss, needs_threshold
from app.fitting.problems.problem import Problem, start_vector
from app.jobs.data.columns import Arrays, StoredData
from app.jobs.data.tensors import FlatColumns, PaddedColumns, flat_columns
from app.jobs.fit.stored import StoredFit
from app.schemas.model import SeriesModel
from app.schemas.parameters import Parameter
from app.schemas.target import FunctionTarget


def columns_of(
    target: FunctionTarget | StoredData,
    arrays: Arrays,
    dtype: str,
    device: str = "cpu",
    curves: range | None = None,
) -> FlatColumns:
    """Return a target, or some of its curves, as tensors.

    Raises NotFiniteError for a number that is not finite in `dtype`.
    """
    if isinstance(target, StoredData):
        return flat_columns(target, arrays, DTYPES[dtype], device, curves)
    data = sampled_function(target.function, target.domain, target.points, DTYPES[dtype], device)
    return FlatColumns(data.variables, data.y, data.factor, torch.tensor([target.points], device=device))


def padded_columns(fit: StoredFit, arrays: Arrays, curves: range | None = None) -> PaddedColumns:
    """Return the target of a fit, or some of its curves, as matrices. Raises NotFiniteError as `columns_of` does."""
    return columns_of(fit.target, arrays, fit.dtype, fit.device, curves).padded()


def problem_of(
    fit: StoredFit, columns: PaddedColumns, model: str, start: Mapping[str, float] | None = None
) -> CurveProblem:
    """Return the problem of some curves, for the formula `model`.

    Start values are those of `start`, else those of the fit, else 1. A robust loss needs a threshold: until
    `with_threshold` gives it one, the loss is the sum of squares. Raises NotFiniteError for a start value that the
    number format can't hold.
    """
    formula = parse(model, columns.variables)
    parameters = parameters_of(formula.parameters, fit.parameters)
    values = start_values(parameters.free, fit.parameters) | dict(start or {})
    vector = start_vector(parameters, values, columns.y.dtype, fit.device)
    return CurveProblem(
        formula,
        columns.variables,
        columns.y,
        columns.factor,
        columns.counts,
        parameters,
        vector[:, None].expand(-1, len(columns.counts)).contiguous(),
        make_loss("squares" if needs_threshold(fit.loss.name) else fit.loss.name),
        fit.sigma_is_absolute,
        columns.only_padded,
    )


def with_threshold(fit: StoredFit, problem: CurveProblem, threshold: Tensor) -> CurveProblem:
    """Return the problem with its robust loss, of which each curve has a threshold of its own, (curves,)."""
    return replace(problem, loss_function=make_loss(fit.loss.name, threshold))


def curve_alone(fit: StoredFit, arrays: Arrays) -> Problem:
    """Return the only curve of a fit as a problem by itself, with its start values, and never with a robust loss."""
    if fit.formula is None:
        raise ValueError("the degree of the series is not chosen yet")
    return problem_of(fit, padded_columns(fit, arrays), fit.formula).alone(0)


def parameters_of(names: tuple[str, ...], wanted: Mapping[str, Parameter]) -> Parameters:
    """Return the parameters of a model, in its order, as a request wants them."""
    tied = {name: parameter.tied for name, parameter in wanted.items() if parameter.tied is not None}
    fixed = {name: parameter.start for name, parameter in wanted.items() if parameter.fixed}
    untied = [name for name in names if name not in tied]
    return Parameters(
        names,
        {name: start for name, start in fixed.items() if isinstance(start, int | float)},
        {name: parse_tie(text, untied) for name, text in tied.items()},
        lower={name: parameter.lower for name, parameter in wanted.items() if parameter.lower is not None},
        upper={name: parameter.upper for name, parameter in wanted.items() if parameter.upper is not None},
    )


def start_values(names: Iterable[str], wanted: Mapping[str, Parameter]) -> dict[str, float]:
    """Return the start value of each parameter; 1 where it is yet to be found."""
    starts = {name: wanted[name].start if name in wanted else None for name in names}
    return {name: start if isinstance(start, int | float) else 1.0 for name, start in starts.items()}


def scale_of(model: SeriesModel, x: Tensor, variable: str) -> Scale:
    """Return the map of x (points,) onto the domain of a series: the model's own, or that of the data.

    Raises SeriesError for values that can't be mapped.
    """
    if model.domain is not None:
        scale = Scale.of_domain(*model.domain)
    elif model.period is not None:
        scale = Scale.of_period(model.period)
    else:
        scale = natural_scale(model.series, x)
    return replace(scale, variable=variable)


def path_of(error: SeriesError) -> tuple[str, str]:
    """Return the field of a request with which a series can't be made."""
    return {"x": ("target", "x"), "scale": ("model", "domain")}.get(error.field, ("model", error.field))

"""The catalogue of what a fit may be made of: models, optimizers, losses, functions."""

from collections.abc import Mapping
from typing import Literal

from app.fitting.exports import mathml
from app.fitting.formulas.functions import ALIASES, CONSTANTS, FUNCTIONS, SHORTHANDS
from app.fitting.formulas.series import SERIES, Scale, series_formula
from app.fitting.library import MODELS, resolve_model
from app.fitting.library.options import Choice, Number, Option, Whole
from app.fitting.optimizers import OPTIMIZERS
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.losses import LOSSES, Loss, Robust
from app.jobs.errors import ModelNotFoundError
from app.schemas.catalogue import (
    FunctionDescription,
    FunctionList,
    HyperparameterDescription,
    LossDescription,
    LossList,
    ModelDescription,
    ModelList,
    ModelOption,
    NaturalBounds,
    OptimizerDescription,
    OptimizerList,
    SeriesDescription,
)

_JSON_TYPES: Mapping[type, Literal["boolean", "integer", "number"]] = {bool: "boolean", int: "integer", float: "number"}


def describe_model(name: str) -> ModelDescription:
    """Return the description of a model. Raises ModelNotFoundError if there is none of this name."""
    entry = MODELS.get(name)
    if entry is None:
        raise ModelNotFoundError(f"there is no model {name[:40]!r}: GET /models lists those there are")
    variables = ("x",) if entry.variables in (1, None) else tuple(f"x{k}" for k in range(1, (entry.variables or 1) + 1))
    model = resolve_model(name, {}, variables)
    return ModelDescription(
        name=name,
        title=entry.title,
        formula=model.formula,
        latex=model.latex,
        mathml=mathml(model.formula, variables),
        parameters=dict(model.parameters),
        bounds={name: NaturalBounds(lower=lower, upper=upper) for name, (lower, upper) in model.bounds.items()},
        options={name: _option(option) for name, option in entry.options.items()},
        variables=entry.variables,
        # An origin that is left out follows from the data.
        example={
            "name": name,
            **{name: option.default for name, option in entry.options.items() if not isinstance(option, Number)},
        },
    )


def _option(option: Option) -> ModelOption:
    return ModelOption(
        default=option.default,
        lowest=option.lowest if isinstance(option, Whole) else None,
        highest=option.highest if isinstance(option, Whole) else None,
        choices=list(option.choices) if isinstance(option, Choice) else None,
        meaning=option.meaning,
    )


def list_models() -> ModelList:
    """Return the descriptions of all models and series."""
    unit = Scale(0.0, 1.0, "u")
    series = [
        SeriesDescription(
            series=name,
            formula=series_formula(name, 2, unit),
            example={"series": name, "degree": "auto", "criterion": "aicc"},
        )
        for name in SERIES
    ]
    return ModelList(data=[describe_model(name) for name in MODELS], series=series)


def list_optimizers() -> OptimizerList:
    """Return the descriptions of all optimizers, with what they can do."""
    return OptimizerList(data=[_described(optimizer) for optimizer in OPTIMIZERS.values()])


def _described(optimizer: type[Optimizer]) -> OptimizerDescription:
    hyperparameters = [
        HyperparameterDescription(type=_JSON_TYPES[type(setting.default)], **setting._asdict())
        for setting in optimizer.hyperparameters()
    ]
    return OptimizerDescription(
        name=optimizer.name,
        title=optimizer.title,
        description=optimizer.description,
        hyperparameters=hyperparameters,
        losses=[name for name, loss in LOSSES.items() if optimizer.only_loss in (None, loss.kind)],
        takes_bounds=optimizer.takes_bounds,
        shares_parameters=optimizer.shares_parameters,
        solves_directly=optimizer.solves_directly,
        ends_at_a_minimum=optimizer.ends_at_a_minimum,
        cheap_steps=optimizer.cheap_steps,
        alone_because=optimizer.alone_because,
        slower_by=optimizer.slower_by,
    )


def list_losses() -> LossList:
    """Return the descriptions of all losses."""
    return LossList(data=[_described_loss(loss) for loss in LOSSES.values()])


def _described_loss(loss: type[Loss]) -> LossDescription:
    return LossDescription(
        name=loss.name,
        title=loss.title,
        description=loss.description,
        kind=loss.kind,
        tuning=loss.tuning if issubclass(loss, Robust) else None,
        redescending=loss.redescending,
        of_counts=loss.of_counts,
        source=loss.source,
    )


def list_functions() -> FunctionList:
    """Return the functions and constants that formulas may contain."""
    shorthands = {name: letter for letter, name in SHORTHANDS.items()}
    functions = [
        FunctionDescription(
            name=name,
            arguments=list(function.arguments),
            numbers=list(function.arguments[: function.constants]),
            description=function.description,
            aliases=[alias for alias, meant in ALIASES.items() if meant == name],
            shorthand=shorthands.get(name),
        )
        for name, function in FUNCTIONS.items()
        if name not in ALIASES
    ]
    return FunctionList(data=functions, constants=dict(CONSTANTS))

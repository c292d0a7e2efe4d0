"""The models of the library as they are shown."""

from dataclasses import asdict

from app.fitting.formulas.series import SERIES, Scale, series_formula
from app.fitting.library import MODELS, resolve_model
from app.jobs.errors import ModelNotFoundError
from app.schemas.catalogue import ModelDescription, ModelList, ModelOption, NaturalBounds, SeriesDescription


def describe_model(name: str) -> ModelDescription:
    """One model. Raises ModelNotFoundError."""
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
        parameters=dict(model.parameters),
        bounds={name: NaturalBounds(lower=lower, upper=upper) for name, (lower, upper) in model.bounds.items()},
        options={option: ModelOption(**asdict(told)) for option, told in entry.options.items()},
        variables=entry.variables,
        example={"name": name, **{option: told.default for option, told in entry.options.items()}},
    )


def list_models() -> ModelList:
    """All models and series."""
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

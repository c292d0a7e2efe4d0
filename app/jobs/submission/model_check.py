"""A model looked at before there are data, as a fit would take it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from app.fitting import exports
from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.series import Scale
from app.fitting.library import MODELS
from app.jobs.errors import InvalidRequestError
from app.jobs.fit.library import library_model
from app.jobs.submission.checks import wrong_parameters
from app.jobs.submission.misreadings import misreadings
from app.jobs.submission.models import bounds_of, formula_of
from app.jobs.submission.parameters import wanted_parameters
from app.schemas.check import CheckedModel, CheckedParameter, CheckRequest
from app.schemas.model import AnyModel, OfLibrary, SeriesModel
from app.schemas.parameters import Parameter
from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START, FitRequest

_UNSCALED = Scale(0.0, 1.0, "u")


def check_model(request: CheckRequest) -> CheckedModel:
    """Return what a model is. Raises InvalidRequestError for what `POST /fit` would refuse of it."""
    fit = FitRequest(model=request.model, parameters=request.parameters)
    variables = tuple(request.variables)
    formula = _formula(fit.model, variables)
    if formula is None:
        return CheckedModel(
            formula=None,
            latex=None,
            mathml=None,
            variables=request.variables,
            parameters=[],
            is_linear=True,
            description=_description(fit.model),
            warnings=[],
        )
    parsed = parse(formula.text, formula.variables)
    wanted = wanted_parameters(fit, parsed, bounds_of(fit.model, variables))
    wrong = [*wrong_parameters(fit, parsed.parameters, wanted.parameters), *misreadings(fit, variables)]
    if wrong:
        raise InvalidRequestError(wrong)
    meanings = library_model(fit.model, variables).parameters if isinstance(fit.model, OfLibrary) else {}
    known = TUTORIAL_START if fit.model == TUTORIAL_MODEL else {}
    return CheckedModel(
        formula=formula.text,
        latex=formula.latex,
        mathml=exports.mathml(formula.text, formula.variables),
        variables=request.variables,
        parameters=[
            _parameter(name, parameter, meanings.get(name), known.get(name))
            for name, parameter in wanted.parameters.items()
        ],
        is_linear=wanted.is_linear,
        description=_description(fit.model),
        warnings=list(_warnings(parsed, formula.variables)),
    )


@dataclass(frozen=True)
class _Written:
    """A formula, the variables in which it is written, and how it is shown."""

    text: str
    variables: tuple[str, ...]
    latex: str


def _formula(model: AnyModel, variables: tuple[str, ...]) -> _Written | None:
    scale = _UNSCALED if isinstance(model, SeriesModel) and model.domain is None and model.period is None else None
    text = formula_of(model, variables, torch.empty(0), None, scale)
    if text is None:
        return None
    if isinstance(model, OfLibrary):
        return _Written(text, variables, library_model(model, variables).latex)
    written_in = variables if scale is None else (scale.variable,)
    return _Written(text, written_in, exports.latex(text, written_in))


def _parameter(name: str, parameter: Parameter, meaning: str | None, default: float | None) -> CheckedParameter:
    start = parameter.start if isinstance(parameter.start, float) else None
    return CheckedParameter(
        name=name,
        meaning=meaning,
        start=default if start is None and parameter.tied is None else start,
        fixed=parameter.fixed,
        lower=parameter.lower,
        upper=parameter.upper,
        tied=parameter.tied,
        shared=parameter.shared,
    )


def _description(model: AnyModel) -> str | None:
    if isinstance(model, OfLibrary):
        return " + ".join(MODELS[part.name].title for part in model.parts)
    if not isinstance(model, SeriesModel):
        return None
    degree = f"of a degree that {model.criterion} chooses" if model.degree == "auto" else f"of degree {model.degree}"
    return f"{model.series} series {degree}"


def _warnings(formula: Formula, variables: Sequence[str]) -> Iterator[str]:
    """Yield a warning for each predictor variable that does nothing."""
    if not formula.variables:
        yield "the model is a constant"
        return
    yield from (f"the model does not use {name}" for name in variables if name not in formula.variables)

"""The model of a request as a formula, and the natural bounds of its parameters."""

from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor

from app.fitting.formulas.formula import FormulaError, parse, with_name_replaced
from app.fitting.formulas.series import SeriesError, coefficient_names, series_formula
from app.fitting.library import MODELS, Bounds, LibraryError, resolve_model, settled_options
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.fit.problem import path_of, scale_of
from app.schemas.model import NamedModel, SeriesModel


def settled(model: str | NamedModel | SeriesModel, x: Tensor) -> str | NamedModel | SeriesModel:
    """Return the model with the options that were left out and follow from x (points,), of all curves."""
    if not isinstance(model, NamedModel):
        return model
    return NamedModel.model_validate({"name": model.name, **settled_options(model.name, model.options, x)})


def formula_of(
    model: str | NamedModel | SeriesModel, variables: Sequence[str], x: Tensor, response: str | None
) -> str | None:
    """Return the formula in the variables; None where the degree of a series is left to the data.

    `x` (points,) are the values of the first variable, of all curves. A model of the library is one of y itself: where
    it is fitted to a `response`, the formula is the response of the model. Raises InvalidRequestError for a model that
    can't be made a formula.
    """
    if isinstance(model, NamedModel):
        formula = _named_formula(model, variables)
        return formula if response is None else with_name_replaced(response, "y", formula)
    if isinstance(model, SeriesModel):
        return _series_formula(model, variables, x)
    try:
        parse(model, variables)
    except FormulaError as error:
        raise InvalidRequestError([WrongField(("model",), str(error))]) from None
    return model


def bounds_of(model: str | NamedModel | SeriesModel, variables: Sequence[str]) -> Mapping[str, Bounds]:
    """Return the natural bounds of a model by parameter; only models of the library have some."""
    return resolve_model(model.name, model.options, variables).bounds if isinstance(model, NamedModel) else {}


def _named_formula(model: NamedModel, variables: Sequence[str]) -> str:
    try:
        return resolve_model(model.name, model.options, variables).formula
    except LibraryError as error:
        raise InvalidRequestError([WrongField(("model", error.field), str(error))]) from None


def _series_formula(model: SeriesModel, variables: Sequence[str], x: Tensor) -> str | None:
    if len(variables) != 1:
        raise InvalidRequestError([WrongField(("model", "series"), "a series is a function of one predictor variable")])
    (variable,) = variables
    if variable in coefficient_names(model.series, model.max_degree if model.degree == "auto" else model.degree):
        words = f"{variable} is a coefficient of the series: choose another name for the predictor variable"
        raise InvalidRequestError([WrongField(("target", "x", variable), words)])
    try:
        scale = scale_of(model, x, variable)
        if model.degree != "auto":
            return series_formula(model.series, model.degree, scale)
    except SeriesError as error:
        raise InvalidRequestError([WrongField(path_of(error), str(error))]) from None
    return None


def wrong_domain(model: str | NamedModel | SeriesModel, x: Tensor) -> Iterator[WrongField]:
    """Yield an error where a model of the library has no meaning at x (points,), of all curves."""
    domain = MODELS[model.name].domain if isinstance(model, NamedModel) else None
    words = None if domain is None else domain.wrong(x)
    if words is not None:
        yield WrongField(("target", "x"), words)


def domain_warnings(model: str | NamedModel | SeriesModel, x: Tensor) -> Iterator[str]:
    """Yield a warning where x (points,), of all curves, look like something else than the model is of."""
    domain = MODELS[model.name].domain if isinstance(model, NamedModel) else None
    words = None if domain is None else domain.warning(x)
    if words is not None:
        yield words

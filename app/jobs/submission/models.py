"""The model of a request as a formula, and the natural bounds of its parameters."""

from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor

from app.fitting.formulas.formula import FormulaError, parse, with_name_replaced
from app.fitting.formulas.series import Scale, SeriesError, coefficient_names, series_formula
from app.fitting.library import MODELS, Bounds, LibraryError, settled_options
from app.fitting.library.domains import Domain
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.fit.library import library_model
from app.jobs.fit.problem import path_of, scale_of
from app.schemas.model import AnyModel, NamedModel, OfLibrary, SeriesModel, SumModel


def settled(model: AnyModel, x: Tensor) -> AnyModel:
    """Return the model with the options that were left out and follow from x (points,), of all curves."""
    if isinstance(model, SumModel):
        return SumModel(sum=[_settled(part, x) for part in model.sum])
    return _settled(model, x) if isinstance(model, NamedModel) else model


def _settled(model: NamedModel, x: Tensor) -> NamedModel:
    return NamedModel.model_validate({"name": model.name, **settled_options(model.name, model.options, x)})


def formula_of(
    model: AnyModel, variables: Sequence[str], x: Tensor, response: str | None, scale: Scale | None = None
) -> str | None:
    """Return the formula in the variables; None where the degree of a series is left to the data.

    `x` (points,) are the values of the first variable, of all curves; a series is scaled by them, or as `scale` says. A
    model of the library is one of y itself: where it is fitted to a `response`, the formula is the response of the
    model. Raises InvalidRequestError for a model that can't be made a formula.
    """
    if isinstance(model, OfLibrary):
        formula = _named_formula(model, variables)
        return formula if response is None else with_name_replaced(response, "y", formula)
    if isinstance(model, SeriesModel):
        return _series_formula(model, variables, x, scale)
    try:
        parse(model, variables)
    except FormulaError as error:
        raise InvalidRequestError([WrongField.of_formula(("model",), error)]) from None
    return model


def bounds_of(model: AnyModel, variables: Sequence[str]) -> Mapping[str, Bounds]:
    """Return the natural bounds of a model by parameter; only models of the library have some."""
    return library_model(model, variables).bounds if isinstance(model, OfLibrary) else {}


def _named_formula(model: OfLibrary, variables: Sequence[str]) -> str:
    try:
        return library_model(model, variables).formula
    except LibraryError as error:
        part = ("sum", error.part or 0) if isinstance(model, SumModel) else ()
        raise InvalidRequestError([WrongField(("model", *part, error.field), str(error))]) from None


def _series_formula(model: SeriesModel, variables: Sequence[str], x: Tensor, scale: Scale | None) -> str | None:
    if len(variables) != 1:
        raise InvalidRequestError([WrongField(("model", "series"), "a series is a function of one predictor variable")])
    (variable,) = variables
    if variable in coefficient_names(model.series, model.max_degree if model.degree == "auto" else model.degree):
        words = f"{variable} is a coefficient of the series: choose another name for the predictor variable"
        raise InvalidRequestError([WrongField(("target", "x", variable), words)])
    try:
        scale = scale or scale_of(model, x, variable)
        if model.degree != "auto":
            return series_formula(model.series, model.degree, scale)
    except SeriesError as error:
        raise InvalidRequestError([WrongField(path_of(error), str(error))]) from None
    return None


def wrong_domain(model: AnyModel, x: Tensor) -> Iterator[WrongField]:
    """Yield an error where a model of the library has no meaning at x (points,), of all curves."""
    words = next((words for domain in _domains(model) if (words := domain.wrong(x)) is not None), None)
    if words is not None:
        yield WrongField(("target", "x"), words)


def domain_warnings(model: AnyModel, x: Tensor) -> Iterator[str]:
    """Yield a warning where x (points,), of all curves, look like something else than the model is of."""
    for domain in _domains(model):
        words = domain.warning(x)
        if words is not None:
            yield words


def _domains(model: AnyModel) -> list[Domain]:
    """Return the domains of the model's parts, each once."""
    parts = model.parts if isinstance(model, OfLibrary) else []
    domains = dict.fromkeys(MODELS[part.name].domain for part in parts)
    return [domain for domain in domains if domain is not None]

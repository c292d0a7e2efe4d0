"""What a fit may be made of, over HTTP: models, optimizers, losses, functions."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from app.api.entity_tags import NOT_MODIFIED, unchanging
from app.api.problem_details import declared
from app.jobs.results import catalogue
from app.schemas.catalogue import FunctionList, LossList, ModelDescription, ModelList, OptimizerList
from app.schemas.problem_kinds import INTERNAL_ERROR, MODEL_NOT_FOUND

router = APIRouter(tags=["models"])


@router.get(
    "/models",
    summary="List models",
    response_model=ModelList,
    response_description="The models.",
    responses=NOT_MODIFIED | declared(INTERNAL_ERROR),
)
def list_models(request: Request) -> Response:
    """List the models that `POST /fit` takes by name as `model`, with formula, meanings of the parameters and options.

    Their start values are guessed from the data; several make a sum, as in `gaussian + linear`. Listed too are the
    series, of a given degree or of one chosen by the data.
    """
    return _answer(request, catalogue.list_models)


@router.get(
    "/models/{name}",
    summary="Read a model",
    response_model=ModelDescription,
    response_description="The model.",
    responses=NOT_MODIFIED | declared(MODEL_NOT_FOUND, INTERNAL_ERROR),
)
def get_model(
    request: Request,
    name: Annotated[str, Path(description="Name of the model.", openapi_examples={"gaussian": {"value": "gaussian"}})],
) -> Response:
    """Read one model of the library."""
    return _answer(request, catalogue.describe_model, name)


@router.get(
    "/optimizers",
    summary="List optimizers",
    response_model=OptimizerList,
    response_description="The optimizers.",
    responses=NOT_MODIFIED | declared(INTERNAL_ERROR),
)
def list_optimizers(request: Request) -> Response:
    """List the optimizers that `POST /fit` takes as `hyperparameters.optimizer`.

    Each comes with its settings and with what it can do.
    """
    return _answer(request, catalogue.list_optimizers)


@router.get(
    "/losses",
    summary="List losses",
    response_model=LossList,
    response_description="The losses.",
    responses=NOT_MODIFIED | declared(INTERNAL_ERROR),
)
def list_losses(request: Request) -> Response:
    """List the losses that `POST /fit` takes as `loss`."""
    return _answer(request, catalogue.list_losses)


@router.get(
    "/functions",
    summary="List functions",
    response_model=FunctionList,
    response_description="The functions.",
    responses=NOT_MODIFIED | declared(INTERNAL_ERROR),
)
def list_functions(request: Request) -> Response:
    """List the functions and constants that formulas may contain."""
    return _answer(request, catalogue.list_functions)


def _answer(request: Request, describe: Callable[..., BaseModel], *arguments: str) -> Response:
    return unchanging(request, _written(describe, *arguments))


@cache
def _written(describe: Callable[..., BaseModel], *arguments: str) -> bytes:
    return describe(*arguments).model_dump_json(by_alias=True).encode()

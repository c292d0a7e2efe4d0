"""What a fit may be made of, over HTTP: models, optimizers, losses, functions."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.problem_details import declared
from app.jobs.results import catalogue
from app.schemas.catalogue import FunctionList, LossList, ModelDescription, ModelList, OptimizerList
from app.schemas.problem_kinds import INTERNAL_ERROR, MODEL_NOT_FOUND

router = APIRouter(tags=["models"])


@router.get("/models", summary="List models", response_description="The models.", responses=declared(INTERNAL_ERROR))
def list_models() -> ModelList:
    """List the models that `POST /fit` takes by name as `model`, with formula, meanings of the parameters and options.

    Their start values are guessed from the data; several make a sum, as in `gaussian + linear`. Listed too are the
    series, of a given degree or of one chosen by the data.
    """
    return catalogue.list_models()


@router.get(
    "/models/{name}",
    summary="Read a model",
    response_description="The model.",
    responses=declared(MODEL_NOT_FOUND, INTERNAL_ERROR),
)
def get_model(name: Annotated[str, Path(description="Name of the model.")]) -> ModelDescription:
    """Read one model of the library."""
    return catalogue.describe_model(name)


@router.get(
    "/optimizers", summary="List optimizers", response_description="The optimizers.", responses=declared(INTERNAL_ERROR)
)
def list_optimizers() -> OptimizerList:
    """List the optimizers that `POST /fit` takes as `hyperparameters.optimizer`.

    Each comes with its settings and with what it can do.
    """
    return catalogue.list_optimizers()


@router.get("/losses", summary="List losses", response_description="The losses.", responses=declared(INTERNAL_ERROR))
def list_losses() -> LossList:
    """List the losses that `POST /fit` takes as `loss`."""
    return catalogue.list_losses()


@router.get(
    "/functions", summary="List functions", response_description="The functions.", responses=declared(INTERNAL_ERROR)
)
def list_functions() -> FunctionList:
    """List the functions and constants that formulas may contain."""
    return catalogue.list_functions()

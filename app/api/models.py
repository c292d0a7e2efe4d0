"""The models that can be fitted by name, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.problem_details import declared
from app.jobs.results.catalogue import describe_model, list_models
from app.schemas.catalogue import ModelDescription, ModelList
from app.schemas.problem_kinds import INTERNAL_ERROR, MODEL_NOT_FOUND

router = APIRouter(tags=["models"])


@router.get("/models", summary="List models", response_description="The models.", responses=declared(INTERNAL_ERROR))
def get_models() -> ModelList:
    """Models that `POST /fit` takes by name as `model`, with formula, meanings of the parameters and options; their
    start values are guessed from the data. And series, of a given degree or one chosen by the data.
    """
    return list_models()


@router.get(
    "/models/{name}",
    summary="Read a model",
    response_description="The model.",
    responses=declared(MODEL_NOT_FOUND, INTERNAL_ERROR),
)
def get_model(name: Annotated[str, Path(description="Name of the model.")]) -> ModelDescription:
    """One model of the library."""
    return describe_model(name)

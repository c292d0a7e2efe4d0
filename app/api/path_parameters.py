"""Parameters that several routes share."""

from typing import Annotated

from fastapi import Path
from pydantic import Field

FitId = Annotated[str, Path(description="Id of the fit, as `POST /fit` told it.", examples=["fit_0123456789abcdef"])]

LARGEST = 2**53 - 1
"""The largest whole number that every JSON parser reads exactly, and a database can compare with."""

CurveNumber = Annotated[int, Field(ge=0, le=LARGEST)]
"""The number of one of many curves, from 0."""

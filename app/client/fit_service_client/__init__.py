"""Curve fitting with a fit-service, from Python: results as NumPy arrays.

`fit = Client("http://localhost:8000").fit(x, y, "a * exp(-b*x) + c")`, or `popt, pcov = curve_fit(f, x, y)`.
"""

from . import problems
from .answers import Band, Curve, Derived, History, InversePrediction, Prediction, Quantity
from .async_client import AsyncClient, AsyncFit
from .client import Client, Fit
from .errors import (
    FitFailedError,
    FitServiceError,
    ProblemError,
    ServiceUnreachableError,
    WaitTimeoutError,
    WrongField,
)
from .fit_request import FitOptions
from .scipy_interface import curve_fit
from .sending import Retries
from .version import __version__

__all__ = [
    "AsyncClient",
    "AsyncFit",
    "Band",
    "Client",
    "Curve",
    "Derived",
    "Fit",
    "FitFailedError",
    "FitOptions",
    "FitServiceError",
    "History",
    "InversePrediction",
    "Prediction",
    "ProblemError",
    "Quantity",
    "Retries",
    "ServiceUnreachableError",
    "WaitTimeoutError",
    "WrongField",
    "__version__",
    "curve_fit",
    "problems",
]

"""The optimizer of a stored fit."""

import math

from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.jobs.fit.stored import StoredFit
from app.schemas.hyperparameters import ManySteps


def optimizer_of(fit: StoredFit) -> Optimizer:
    """Return the optimizer with its settings."""
    return make_optimizer(fit.hyperparameters.optimizer, **fit.hyperparameters.settings())


def most_seconds(fit: StoredFit) -> float:
    """Return the seconds of training after which the fit ends, infinite if there is no limit."""
    seconds = fit.hyperparameters.max_seconds
    return math.inf if seconds is None else seconds


def wants_compression(fit: StoredFit) -> bool:
    """Tell whether a polynomial model may be trained on few nodes instead of all points."""
    return isinstance(fit.hyperparameters, ManySteps) and fit.hyperparameters.compression

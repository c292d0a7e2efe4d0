"""Which fits have loops of the same shape, as far as their requests tell."""

import hashlib
import json

from app.jobs.data.columns import StoredData
from app.jobs.fit.stored import StoredFit

OPTIMIZERS = ("gradient_descent", "adam")
"""Optimizers that train any number of fits by one compiled loop."""


def batch_key_of(fit: StoredFit) -> str | None:
    """Return the same for fits that one compiled loop may train together; None for a fit that is trained by itself."""
    hyperparameters = fit.hyperparameters
    if hyperparameters.optimizer not in OPTIMIZERS or fit.curves is not None:
        return None
    if fit.formula is None or fit.confidence.profile:
        return None
    parameters = {
        name: [parameter.fixed, parameter.tied, parameter.lower is None, parameter.upper is None]
        for name, parameter in fit.parameters.items()
    }
    settings = hyperparameters.model_dump()
    shape = [
        fit.formula,
        fit.loss.name,
        fit.device,
        fit.dtype,
        parameters,
        hyperparameters.optimizer,
        bool(settings.get("momentum")),
        settings.get("nesterov"),
        settings["compression"],
        fit.target.variables if isinstance(fit.target, StoredData) else None,
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:32]

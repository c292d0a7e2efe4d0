"""The key by which fits are trained together: that of the shape of their loops, as far as their requests tell."""

import hashlib
import json

from app.fitting.programs.shape import structure_of
from app.jobs.data.columns import StoredData
from app.jobs.fit.optimizer import optimizer_of, wants_compression
from app.jobs.fit.stored import StoredFit


def batch_key_of(fit: StoredFit) -> str | None:
    """Return a key, the same for all fits that one compiled loop may train together; None for a fit that is alone."""
    optimizer = optimizer_of(fit)
    if not optimizer.elementwise or fit.curves is not None:
        return None
    if fit.formula is None or fit.confidence.profile:
        return None
    parameters = {
        name: [parameter.fixed, parameter.tied, parameter.lower is None, parameter.upper is None]
        for name, parameter in fit.parameters.items()
    }
    shape = [
        fit.formula,
        fit.loss.name,
        fit.device,
        fit.dtype,
        parameters,
        optimizer.name,
        structure_of(optimizer),
        wants_compression(fit),
        fit.target.variables if isinstance(fit.target, StoredData) else None,
    ]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:32]

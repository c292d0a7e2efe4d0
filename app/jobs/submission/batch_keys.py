"""Which fits have loops of the same shape, as far as their requests tell."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from app.fitting.optimizers import OPTIMIZERS
from app.fitting.programs.shape import structure_of


def batch_key_of(request: Mapping[str, Any]) -> str | None:
    """The same for fits that one compiled loop may train together; None for a fit that is trained by itself."""
    hyperparameters, target = request["hyperparameters"], request["target"]
    optimizer = OPTIMIZERS[hyperparameters["optimizer"]]
    if not optimizer.elementwise or target.get("curves") is not None:
        return None
    if request["formula"] is None or request["confidence"]["profile"]:
        return None
    parameters = {
        name: [parameter["fixed"], parameter["tied"], parameter["lower"] is None, parameter["upper"] is None]
        for name, parameter in request["parameters"].items()
    }
    settings = optimizer.hyperparameters()
    told = [
        request["formula"],
        request["loss"]["name"],
        request["device"],
        request["dtype"],
        parameters,
        hyperparameters["optimizer"],
        structure_of(optimizer(**{setting.name: hyperparameters[setting.name] for setting in settings})),
        hyperparameters["compression"],
        target.get("variables"),
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

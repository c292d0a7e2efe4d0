"""The step from what older versions wrote into the table to today's form: no other module knows of them.

A default here is what a missing field meant when the row was written, whatever a new request may get today. A
hyperparameter that is not named here has the default of its optimizer's class, as long as that does not change.
"""

from collections.abc import Mapping
from typing import Any

_PARAMETER: dict[str, Any] = {
    "start": None,
    "fixed": False,
    "lower": None,
    "upper": None,
    "tied": None,
    "shared": False,
}
_LOSS: dict[str, Any] = {"name": "squares", "threshold": None}
_CONFIDENCE: dict[str, Any] = {"level": 0.95, "profile": False}
_DATA: dict[str, Any] = {
    "variables": ["x"],
    "several": False,
    "curves": None,
    "labels": None,
    "sigma_absolute": False,
    "response": None,
    "missing": None,
    "reading": None,
    "in_blocks": False,
}
_TRAINING: dict[str, Any] = {"max_seconds": None}
_CHEAP_STEPS: dict[str, Any] = {"compression": True}
_HYPERPARAMETERS: dict[str, dict[str, Any]] = {
    "gradient_descent": _TRAINING | _CHEAP_STEPS | {"nesterov": False},
    "adam": _TRAINING | _CHEAP_STEPS,
    "lbfgs": _TRAINING | _CHEAP_STEPS,
    "levenberg_marquardt": _TRAINING,
    "least_squares": _TRAINING,
}
_RESULT: dict[str, Any] = {
    "formula": None,
    "criterion": None,
    "nfev": None,
    "model": None,
    "start": None,
    "selection": None,
    "threshold": None,
    "statistics": None,
    "execution": None,
    "curves": None,
    "search": None,
    "minima": None,
}
_STATISTICS: dict[str, Any] = {
    "chi2_pvalue": None,
    "nfev": None,
    "adjusted_rsquared": None,
    "confidence_level": None,
    "confidence_intervals": {},
    "profile_intervals": None,
}


def request(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored request with every field that a request has today."""
    target, model, hyperparameters = stored["target"], stored["model"], stored["hyperparameters"]
    return {
        "formula": model if isinstance(model, str) else None,
        "seed": 0,
        "warnings": [],
        **stored,
        "target": target if "function" in target else {**_DATA, **target},
        "parameters": {name: {**_PARAMETER, **parameter} for name, parameter in stored["parameters"].items()},
        "hyperparameters": {**_HYPERPARAMETERS.get(hyperparameters["optimizer"], _TRAINING), **hyperparameters},
        "loss": {**_LOSS, **stored.get("loss", {})},
        "confidence": {**_CONFIDENCE, **stored.get("confidence", {})},
    }


def result(stored: Mapping[str, Any], stored_request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored result of a request with every field that a result has today."""
    statistics = stored.get("statistics")
    if statistics is not None:
        has_absolute_sigma = stored_request["target"].get("sigma_absolute", False)
        variance = 1.0 if has_absolute_sigma else statistics["redchi"]
        parameters = stored_request["parameters"].items()
        free = [name for name, parameter in parameters if not (parameter.get("fixed") or parameter.get("tied"))]
        statistics = {**_STATISTICS, "response_variance": variance, "var_names": free, **statistics}
    return {**_RESULT, **stored, "statistics": statistics}


def array_name(stored: str) -> str:
    """Return the name of a stored array of numbers: its field and its own name, `x.dose`."""
    return stored if "." in stored else f"{stored}.{stored}"

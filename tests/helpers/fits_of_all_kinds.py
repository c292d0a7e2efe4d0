"""Fits of all kinds, each a few seconds of work at most, with the same result whenever they are trained."""

import math
from typing import Any

X = [index / 10 for index in range(60)]
NOISE = [0.05 * math.sin(37.0 * index) for index in range(60)]
DECAY = [3 * math.exp(-x / 2) + 0.5 + noise for x, noise in zip(X, NOISE, strict=True)]
COUNTS = [round(20 * math.exp(-x / 2) + 3) for x in X]
PEAK = [2 * math.exp(-((x - 3) ** 2)) + noise for x, noise in zip(X, NOISE, strict=True)]
PLATE = [[scale * y for y in DECAY] for scale in (1.0, 0.5, 2.0, 1.5, 3.0, 0.7)]
EXPONENTIAL = "a * exp(-x / tau) + c"
START = {"a": 2.0, "tau": 1.0, "c": 0.0}
MANY = 20_000


def _data(y: Any, **more: Any) -> dict[str, Any]:
    return {"x": X, "y": y, **more}


KINDS: dict[str, dict[str, Any]] = {
    "tutorial": {},
    "tutorial, short": {"hyperparameters": {"steps": 10}},
    "tutorial, all points": {"hyperparameters": {"steps": 300, "learning_rate": 5e-6, "compression": False}},
    "adam": {"hyperparameters": {"optimizer": "adam", "steps": 3000, "learning_rate": 0.01}},
    "lbfgs": {
        "target": _data(DECAY),
        "model": EXPONENTIAL,
        "parameters": START,
        "hyperparameters": {"optimizer": "lbfgs"},
    },
    "levenberg-marquardt": {"target": _data(DECAY), "model": EXPONENTIAL, "parameters": START},
    "straight line": {"target": _data(DECAY, sigma=[0.1] * 60, sigma_absolute=True), "model": "a + b * x"},
    "searched start": {
        "target": _data(PEAK),
        "model": "h * exp(-(x - m)^2 / w)",
        "parameters": dict.fromkeys("hmw", "auto"),
    },
    "library": {"target": _data(PEAK), "model": {"name": "gaussian"}},
    "sum": {"target": _data(PEAK), "model": "gaussian + linear"},
    "series": {"target": _data(DECAY), "model": {"series": "chebyshev", "degree": "auto"}},
    "robust": {"target": _data(DECAY), "model": EXPONENTIAL, "parameters": START, "loss": {"name": "soft_l1"}},
    "counts": {
        "target": _data(COUNTS),
        "model": EXPONENTIAL,
        "parameters": START | {"c": 1.0},
        "loss": {"name": "poisson"},
    },
    "profile": {"target": _data(DECAY), "model": EXPONENTIAL, "parameters": START, "confidence": {"profile": True}},
    "float32": {"dtype": "float32", "hyperparameters": {"steps": 100}},
    "curves": {"target": _data(PLATE), "model": EXPONENTIAL, "parameters": START},
    "shared": {
        "target": _data(PLATE),
        "model": EXPONENTIAL,
        "parameters": START | {"tau": {"start": 1.0, "shared": True}},
    },
    "large body": {"target": {"x": list(range(MANY)), "y": [2.0 * x + 1 for x in range(MANY)]}, "model": "a + b * x"},
    "nowhere finite": {"target": {"x": [1, 2, 3], "y": [1, 2, 3]}, "model": "log(a - x)", "parameters": {"a": 0.0}},
}
"""The body of each kind of fit by its name."""

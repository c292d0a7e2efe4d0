"""Small data for the tests of the client."""

import numpy as np

X = np.linspace(0, 5, 30)
"""Where they were measured."""
TRUTH = {"a": 2.5, "b": 1.3, "c": 0.5}


def decay(x: object, a: float = 2.5, b: float = 1.3, c: float = 0.5) -> np.ndarray:
    """Return an exponential decay."""
    values: np.ndarray = a * np.exp(-b * x) + c  # type: ignore[operator]
    return values


Y = decay(X) + np.random.default_rng(1).normal(0, 0.02, X.size)
"""A decay with noise."""
FORMULA = "a * exp(-b*x) + c"

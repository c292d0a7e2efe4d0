"""Correct digits on the NIST StRD sets, ours over HTTP with nothing chosen beside scipy's, lmfit's and numpy's.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.digits`. Digits are those of the worst
parameter, -log10 of the relative error against values worked out anew to 32 digits; 0 where a solver fails.
"""

import json
import math
import platform
import tempfile
import warnings
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lmfit
import numpy as np
import scipy.optimize
import torch

from app.fitting.formulas.formula import parse
from app.fitting.problems.data import parse_response
from tests.helpers.running_service import RunningService

NIST = Path(__file__).parents[1] / "nist"
Vector = np.ndarray[Any, np.dtype[np.float64]]


class Set:
    """A data set with its model as a function of numpy arrays."""

    def __init__(self, path: Path) -> None:
        self.data = json.loads(path.read_text())
        x = np.array(self.data["x"], dtype=float)
        names = ["x"] if x.ndim == 1 else [f"x{i}" for i in range(1, x.shape[1] + 1)]
        self.x = dict(zip(names, [x] if x.ndim == 1 else list(x.T), strict=True))
        self.y = np.array(self.data["y"], dtype=float)
        self.names: list[str] = self.data["param_names"]
        self.formula = parse(self.data["expr"], names)
        if self.data.get("response"):
            self.response = parse_response(self.data["response"])({"y": torch.from_numpy(self.y)}).numpy()
        else:
            self.response = self.y

    def model(self, parameters: Sequence[float]) -> Vector:
        """Values of the model."""
        values = {
            name: torch.tensor(float(value), dtype=torch.float64)
            for name, value in zip(self.names, parameters, strict=True)
        }
        variables = {name: torch.from_numpy(column) for name, column in self.x.items()}
        return self.formula({**variables, **values}).expand(len(self.y)).numpy()

    def jacobian(self, parameters: Sequence[float]) -> Vector:
        """Exact derivatives of the model."""
        vector = torch.tensor(list(parameters), dtype=torch.float64)
        variables = {name: torch.from_numpy(column) for name, column in self.x.items()}
        names = self.names

        def model(vector: torch.Tensor) -> torch.Tensor:
            return self.formula({**variables, **dict(zip(names, vector.unbind(), strict=True))})

        return torch.autograd.functional.jacobian(model, vector).numpy()

    def digits(self, found: Sequence[float]) -> float:
        """Of the worst parameter."""
        errors = [abs(value / float(exact) - 1) for value, exact in zip(found, self.data["hp_params"], strict=True)]
        worst = max(*errors, 1e-16)
        return max(0.0, -math.log10(worst)) if math.isfinite(worst) else 0.0


def ours(some: Set, service: RunningService, start: Sequence[float] | None = None) -> Sequence[float]:
    """`POST /fit` with the optimizer left to the service."""
    target = {
        "x": {n: c.tolist() for n, c in some.x.items()},
        "y": some.y.tolist(),
        "response": some.data.get("response"),
    }
    body = {"target": target, "model": some.data["expr"]}
    if start is not None:
        body["parameters"] = dict(zip(some.names, start, strict=True))
    fit = service.fitted(body)
    return [fit["result"]["coefficients"][name] for name in some.names]


def curve_fit(some: Set, start: Sequence[float]) -> Sequence[float]:
    """scipy as it is called by default."""
    found, _ = scipy.optimize.curve_fit(lambda _x, *p: some.model(p), some.x, some.response, p0=start)
    return list(found)


def trust_region(some: Set, start: Sequence[float]) -> Sequence[float]:
    """scipy at its best: exact derivatives, scaled, tight tolerances."""
    found = scipy.optimize.least_squares(
        lambda p: some.model(p) - some.response, start, some.jacobian, method="trf", x_scale="jac",
        ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=5000,
    )  # fmt: skip
    return list(found.x)


def lmfit_default(some: Set, start: Sequence[float]) -> Sequence[float]:
    """lmfit as it is called by default."""
    parameters = lmfit.create_params(**dict(zip(some.names, map(float, start), strict=True)))
    found = lmfit.minimize(lambda p: some.model([p[name].value for name in some.names]) - some.response, parameters)
    return [found.params[name].value for name in some.names]


def polyfit(some: Set) -> Sequence[float]:
    """numpy.polyfit, or lstsq where the model is no polynomial."""
    if len(some.x) > 1:
        return lstsq(some)
    return list(np.polyfit(some.x["x"], some.y, len(some.names) - 1)[::-1])


def lstsq(some: Set) -> Sequence[float]:
    """numpy.linalg.lstsq on the columns of the model."""
    zero = np.zeros(len(some.names))
    columns = np.stack([some.model(unit) - some.model(zero) for unit in np.eye(len(zero))], axis=1)
    return list(np.linalg.lstsq(columns, some.y - some.model(zero), rcond=None)[0])


def tried(solve: Callable[..., Sequence[float]], some: Set, *arguments: Any) -> float:
    """Digits of a solver that may fail."""
    try:
        return some.digits(solve(some, *arguments))
    except (RuntimeError, ValueError, TypeError, KeyError, FloatingPointError):
        return 0.0


def row(name: str, digits: Sequence[float]) -> None:
    print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in digits) + " |")


def head(*names: str) -> None:
    print("\n| set | " + " | ".join(names) + " |\n|---" + "|---" * len(names) + "|")


def main() -> None:
    warnings.simplefilter("ignore")
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "numpy", "scipy", "lmfit"))
    print(f"{platform.machine()}, Python {platform.python_version()}, {versions}")
    with tempfile.TemporaryDirectory() as folder:
        service = RunningService(Path(folder))
        try:
            head("fit-service", "scipy curve_fit", "scipy TRF, exact J", "lmfit")
            for path in sorted((NIST / "data").glob("*.json")):
                some = Set(path)
                for number in ("start1", "start2"):
                    start = some.data[number]
                    solvers = (curve_fit, trust_region, lmfit_default)
                    digits = [tried(solve, some, start) for solve in solvers]
                    row(f"{path.stem} {number[-1]}", [tried(ours, some, service, start), *digits])
            head("fit-service", "numpy polyfit", "numpy lstsq")
            for path in sorted((NIST / "linear").glob("*.json")):
                some = Set(path)
                row(path.stem, [tried(ours, some, service), tried(polyfit, some), tried(lstsq, some)])
        finally:
            service.close()


if __name__ == "__main__":
    main()

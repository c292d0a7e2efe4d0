"""Each function of NumPy and SciPy has in a formula the values that it has there."""

import numpy as np
import pytest
import torch
from fit_service_client.numpy_functions import UFUNCS
from fit_service_client.tracing import trace

from app.fitting.formulas.formula import parse

OF_NUMPY = sorted(name for name in UFUNCS if hasattr(np, name))
OF_SCIPY = sorted(UFUNCS.keys() - set(OF_NUMPY))
X = np.array([0.1, 0.35, 0.8, 0.95])


def check(ufunc: np.ufunc, leading: tuple[float, ...] = (), shift: float = 0) -> None:
    arguments = ufunc.nin - len(leading) - 1
    if arguments:
        traced = trace(lambda x, a: ufunc(*leading, x, *[a] * arguments))
    else:
        traced = trace(lambda x, a: a * ufunc(*leading, x + shift) / 0.7)
    values = parse(traced.formula)({"x": torch.tensor(X), "a": torch.tensor(0.7, dtype=torch.float64)})
    np.testing.assert_allclose(values.numpy(), ufunc(*leading, X + shift, *[0.7] * arguments), rtol=1e-12)


@pytest.mark.parametrize("name", OF_NUMPY)
def test_a_function_of_numpy_has_its_values(name: str) -> None:
    # The inverse hyperbolic cosine begins at 1.
    check(getattr(np, name), shift=1 if name == "arccosh" else 0)


@pytest.mark.parametrize("name", OF_SCIPY)
def test_a_function_of_scipy_has_its_values(name: str) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy comes with the extra benchmark")
    ufunc = getattr(special, name)
    constants = ufunc.nin - 1 if name.startswith("eval_") else 0
    check(ufunc, (3, 0.5, 1.5)[:constants])

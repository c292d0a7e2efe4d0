"""The functions of mathematics that programs call: those of Sleef, which are part of PyTorch.

N. Shibata and F. Petrogalli, "SLEEF: A Portable Vectorized Library of C Standard Mathematical Functions", 2020. PyTorch
exports them; where it does not, the C library has functions of the same meaning for one number at a time.
"""

import ctypes
import ctypes.util
from functools import cache
from pathlib import Path

import torch

from app.fitting.programs.nodes import DOUBLE, UnsupportedError

_ACCURACIES = {"erfc": "u15", "fmod": "", "hypot": "u05"}
"""Largest error, in tenths of a unit in the last place, where it is not 1.0; none of what is exact."""
FUNCTIONS = frozenset(
    (
        *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "erf", "erfc", "exp", "exp2"),
        *("expm1", "fmod", "hypot", "lgamma", "log", "log10", "log1p", "log2", "pow", "sin", "sinh", "tan", "tanh"),
    )
)
"""The functions by their names in C."""


def vector_name(function: str, type_: str, lanes: int, suffix: str) -> str | None:
    """Return the name of a function of vectors with so many lanes; None where there is none."""
    name = f"Sleef_{function}{'d' if type_ == DOUBLE else 'f'}{lanes}_{_ACCURACIES.get(function, 'u10')}{suffix}"
    return name if hasattr(_torch_library(), name) else None


def scalar_name(function: str, type_: str) -> str:
    """Return the name of a function of one number. Raise UnsupportedError where there is none."""
    if function not in FUNCTIONS:
        raise UnsupportedError(f"{function} has no machine code")
    letter = "" if type_ == DOUBLE else "f"
    name = f"Sleef_{function}{letter}_{_ACCURACIES.get(function, 'u10')}"
    return name if hasattr(_torch_library(), name) else f"{function}{letter}"


def address_of(name: str) -> int:
    """Return where a function is in this process."""
    library = _torch_library() if name.startswith("Sleef") else _c_library()
    address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
    if address is None:
        raise UnsupportedError(f"{name} is not there")
    return address


@cache
def _torch_library() -> ctypes.CDLL:
    folder = Path(torch.__file__).parent / "lib"
    return ctypes.CDLL(str(next(path for path in sorted(folder.glob("libtorch_cpu.*")))))


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL(ctypes.util.find_library("m"))

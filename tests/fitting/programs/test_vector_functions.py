"""The functions of mathematics that programs call are there, and have their digits."""

import ctypes
import math

import pytest

from app.fitting.programs.nodes import DOUBLE, FLOAT, UnsupportedError
from app.fitting.programs.vector_functions import FUNCTIONS, address_of, scalar_name, vector_name

OF_TWO = {"atan2", "fmod", "hypot", "pow"}
KINDS = [("avx512f", 64), ("avx2", 32)]


@pytest.mark.parametrize("type_", [DOUBLE, FLOAT])
@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function_is_there_for_one_number(function: str, type_: str) -> None:
    assert address_of(scalar_name(function, type_)) > 0


@pytest.mark.parametrize(("suffix", "width"), KINDS)
@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function_is_there_for_vectors(function: str, suffix: str, width: int) -> None:
    for type_, size in ((DOUBLE, 8), (FLOAT, 4)):
        name = vector_name(function, type_, width // size, suffix)
        assert name is None or address_of(name) > 0
    common = ("exp", "log", "sin", "cos", "tanh", "pow", "erf", "atan")
    assert function not in common or vector_name(function, DOUBLE, width // 8, suffix) is not None


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_of_one_number_has_the_meaning_of_its_name(function: str) -> None:
    argument = 1.25 if function == "acosh" else 0.75
    arguments = (argument, 0.5) if function in OF_TWO else (argument,)
    kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * len(arguments))
    value = kind(address_of(scalar_name(function, DOUBLE)))(*arguments)
    assert value == pytest.approx(getattr(math, function)(*arguments), rel=1e-15)


def test_a_function_that_nobody_knows_has_none() -> None:
    with pytest.raises(UnsupportedError, match="zeta has no machine code"):
        scalar_name("zeta", DOUBLE)
    assert vector_name("zeta", DOUBLE, 4, "avx2") is None

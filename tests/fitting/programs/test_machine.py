"""Machine code for each kind of processor, and nothing but the kind decides what it is."""

import platform
import re
from dataclasses import replace
from functools import cache

import llvmlite.binding as llvm
import pytest
import torch

from app.fitting.curves import CurveProblem
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.problem import Problem
from app.fitting.programs import program
from app.fitting.programs.descent import recipe_of
from app.fitting.programs.machine import Machine, machine, object_code, this_machine
from app.fitting.programs.program import compiled
from app.fitting.programs.shape import shape_of
from tests.helpers.programs import beside_each_other, descended, fit, is_close, tried, tried_by_torch

NEEDS = {"x86-64 AVX-512": ("avx512f", "avx512dq", "avx512vl"), "x86-64 AVX2": ("avx2", "fma"), "x86-64": ()}
"""Features of a processor that runs each kind."""
ADAM = make_optimizer("adam", learning_rate=0.01)
PRECISION = {torch.float64: 1e-9, torch.float32: 2e-3}

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="another processor has one kind, which all tests run on"
)


def posed(dtype: torch.dtype = torch.float64, seed: int = 0) -> Problem:
    """Return a fit that needs functions, a root, choices and several passes over the points."""
    start = {"a": 1.3, "b": 0.7, "c": 0.4}
    text = "a*exp(-b*x) + c*sin(3*x) + 0.1*hypot(a, x) + maximum(x, sqrt(b*x))**1.5"
    return fit(text, start, loss="huber", dtype=dtype, weighted=True, points=71, seed=seed)


def curves(dtype: torch.dtype = torch.float64) -> CurveProblem:
    return beside_each_other([posed(dtype, 100 * number) for number in range(9)])


def runs(kind: Machine) -> bool:
    features = llvm.get_host_cpu_features()
    return all(features.get(name) for name in NEEDS[kind.name])


def made(kind: Machine, problem: Problem | CurveProblem) -> tuple[str, bytes]:
    """Return a step in LLVM's language and as an object file."""
    codes: list[tuple[str, bytes]] = []

    def kept(text: str, kind: Machine) -> bytes:
        codes.append((text, object_code(text, kind)))
        return codes[-1][1]

    shape = shape_of(problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "object_code", kept)
        compiled(shape, recipe_of(shape, ADAM), kind)
    return codes[0]


@cache
def text_of(name: str, of_curves: bool = False) -> str:
    """Return a step of one fit or of curves in LLVM's language."""
    return made(machine(name), curves() if of_curves else posed())[0]


@pytest.mark.parametrize("name", NEEDS)
@pytest.mark.parametrize("dtype", PRECISION, ids=str)
def test_a_kind_that_this_processor_can_run_agrees_with_torch(name: str, dtype: torch.dtype) -> None:
    kind = machine(name)
    if not runs(kind):
        pytest.skip("this processor can't run it")
    for objective in (posed(dtype), curves(dtype)):
        expected = ADAM.step(objective, objective.start, ADAM.init(objective.start)).parameters
        assert is_close(descended(objective, ADAM, objective.start, kind), expected, PRECISION[dtype])
        right = tried_by_torch(objective, objective.start)
        for part, of_torch in zip(tried(objective, objective.start, kind), right, strict=True):
            assert is_close(part, of_torch, PRECISION[dtype])


@pytest.mark.parametrize("name", NEEDS)
def test_every_kind_has_machine_code_wherever_it_is_made(name: str) -> None:
    for objective in (posed(), curves()):
        text, code = made(machine(name), objective)
        assert "define i64 @program(" in text
        assert code.startswith(b"\x7fELF") or code[:4] in (b"\xcf\xfa\xed\xfe", b"d\x86\x00\x00")


@pytest.mark.parametrize("name", NEEDS)
def test_the_same_is_made_every_time(name: str) -> None:
    assert made(machine(name), posed()) == made(machine(name), posed(seed=3))


@pytest.mark.parametrize(("name", "bytes_of_a_vector"), [("x86-64 AVX-512", 64), ("x86-64 AVX2", 32), ("x86-64", 16)])
def test_vectors_are_those_of_the_kind(name: str, bytes_of_a_vector: int) -> None:
    lanes = bytes_of_a_vector // 8
    for curves in (False, True):
        lengths = {int(length) for length in re.findall(r"<(\d+) x double>", text_of(name, curves))}
        # One vector or two at a time; the lanes of a single fit are added up by halves.
        assert max(lengths) in (lanes, 2 * lanes)


def test_vectors_of_functions_are_sleefs_for_the_kind() -> None:
    assert "@Sleef_expd8_u10avx512f(<8 x double>" in text_of("x86-64 AVX-512")
    assert "@Sleef_expd4_u10avx2(<4 x double>" in text_of("x86-64 AVX2")


def test_without_vectors_functions_are_called_number_by_number() -> None:
    text = text_of("x86-64")
    calls = [line for line in text.splitlines() if " call " in line and "@llvm." not in line]
    assert calls
    assert all(" call double @" in line for line in calls)


def test_what_is_rounded_once_has_an_instruction_of_its_own() -> None:
    for name, fuses in (("x86-64 AVX-512", True), ("x86-64 AVX2", True), ("x86-64", False)):
        text = text_of(name)
        assert ("@llvm.fma." in text) is fuses


@pytest.mark.parametrize("name", NEEDS)
def test_nothing_is_rearranged(name: str) -> None:
    text = text_of(name)
    for word in (" fast ", "reassoc", "nnan", "ninf", "nsz", "arcp", "contract", "afn"):
        assert word not in text


def test_this_machine_is_the_best_kind_that_it_can_run() -> None:
    assert this_machine() == next(kind for kind in map(machine, NEEDS) if runs(kind))
    assert this_machine() is this_machine()


def test_a_kind_says_what_bits_depend_on() -> None:
    description = machine("x86-64 AVX2").description
    assert description.startswith("x86-64 AVX2, torch 2.")
    assert "llvmlite" in description


def test_another_architecture_is_taken_as_it_is() -> None:
    kind = machine("aarch64")
    assert (kind.name, kind.suffix, kind.width) == ("aarch64", None, 16)
    assert replace(kind, name="riscv64") == machine("riscv64")

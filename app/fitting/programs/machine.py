"""The kinds of processors that programs are made for, and the way from LLVM's language to code in this process."""

import ctypes
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version
from itertools import count
from typing import Any

from app.fitting.programs.vector_functions import address_of

ENTRY = "program"
"""Name of the function that a program is."""
_numbers = count()


@dataclass(frozen=True)
class Machine:
    """A kind of processor."""

    name: str
    width: int
    """Bytes of a vector."""
    suffix: str | None
    """End of the names of Sleef's vector functions for it; None where functions are called number by number."""
    cpu: str
    features: str
    fuses: bool
    """Whether it has an instruction that multiplies and adds, and rounds once."""

    @property
    def description(self) -> str:
        """Return what the bits of a result depend on beside the fit: processor, torch and llvmlite."""
        return f"{self.name}, {_versions()}"


@cache
def _versions() -> str:
    # To look one up takes longer than to train a small fit.
    return f"torch {version('torch')}, llvmlite {version('llvmlite')}"


def machine(name: str) -> Machine:
    """Return the kind of that name: `x86-64 AVX-512`, `x86-64 AVX2`, `x86-64` or the architecture of this machine."""
    match name:
        case "x86-64 AVX-512":
            return Machine(name, 64, "avx512f", "skylake-avx512", "", True)
        case "x86-64 AVX2":
            return Machine(name, 32, "avx2", "haswell", "", True)
        case "x86-64":
            return Machine(name, 16, None, "x86-64", "", False)
    llvm = _llvm()
    return Machine(name, 16, None, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), True)


@cache
def this_machine() -> Machine:
    """Return the kind of processor that this process runs on."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return machine(platform.machine())
    features = _llvm().get_host_cpu_features()
    if features.get("avx512f") and features.get("avx512dq") and features.get("avx512vl"):
        return machine("x86-64 AVX-512")
    return machine("x86-64 AVX2" if features.get("avx2") and features.get("fma") else "x86-64")


def object_code(text: str, kind: Machine) -> bytes:
    """Return the machine code of a module in LLVM's language for a kind of processor, as an object file."""
    code: bytes = _target(kind).emit_object(_llvm().parse_assembly(text))
    return code


class Code:
    """Machine code in this process; it is let go of with this object."""

    def __init__(self, code: bytes, functions: Iterable[str]) -> None:
        library = _llvm().JITLibraryBuilder().add_object_img(code).export_symbol(ENTRY)
        for name in functions:
            library.import_symbol(name, address_of(name))
        self._tracker = library.link(_linker(), f"program{next(_numbers)}")
        whole, pointer = ctypes.c_int64, ctypes.c_void_p
        kind = ctypes.CFUNCTYPE(whole, *[whole] * 6, *[pointer] * 4)
        self.call: Callable[..., int] = kind(self._tracker[ENTRY])
        """The function; other threads of Python may run while it does."""


@cache
def _llvm() -> Any:
    """Return LLVM, ready to make code; a process that makes none does without its 40 MB."""
    llvm = import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@cache
def _target(kind: Machine) -> Any:
    target = _llvm().Target.from_default_triple()
    return target.create_target_machine(cpu=kind.cpu, features=kind.features, opt=2, jit=True)


@cache
def _linker() -> Any:
    # A target machine has one owner only: this one is not that of `object_code`.
    return _llvm().create_lljit_compiler()

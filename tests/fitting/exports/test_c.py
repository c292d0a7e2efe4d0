"""C exports: compiled without warnings, they compute what our formula does."""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app.fitting.exports import FittedModel, write_c
from app.fitting.exports.c import C_FUNCTIONS, RESERVED
from app.fitting.exports.excel import MISSING
from app.fitting.formulas.functions import FUNCTIONS
from tests.helpers.exported_models import CASES, Case, model_of, named_like

COMPILER = shutil.which("cc")
compiled = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler here")


def function_of(model: FittedModel, folder: Path, standard: str = "-std=c99") -> Callable[..., float]:
    """Return the compiled function, loaded."""
    source, library = folder / "model.c", folder / "model.so"
    source.write_text(write_c(model))
    options = [standard, "-pedantic", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([str(COMPILER), *options, str(source), "-lm"], check=True)
    function = ctypes.CDLL(str(library)).model
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_double] * len(model.variables)
    return function  # type: ignore[no-any-return]


@compiled
@pytest.mark.parametrize("name", CASES)
def test_the_function_computes_what_the_formula_does(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    function = function_of(case.model, tmp_path)
    case.check([function(*point) for point in case.points])


@compiled
@pytest.mark.parametrize("standard", ["-std=c99", "-std=gnu17"])
def test_bessel_functions_and_parameters_of_their_names_stand_beside_those_of_the_system(
    standard: str, tmp_path: Path
) -> None:
    case = Case(model_of("j0*j0(x) + j1*j1(x) + erfcx(x)/erfcx", j0=2.0, j1=3.0, erfcx=4.0), ((0.3,), (30.0,)))
    function = function_of(case.model, tmp_path, standard)
    case.check([function(*point) for point in case.points])


@compiled
def test_parameters_may_have_the_names_of_helpers(tmp_path: Path) -> None:
    case = Case(named_like(sorted(MISSING)), ((0.4,), (0.5,)))
    case.check([function_of(case.model, tmp_path)(*point) for point in case.points])


def test_every_function_can_be_written() -> None:
    assert {FUNCTIONS[name] for name in C_FUNCTIONS} == set(FUNCTIONS.values())


def test_it_has_only_the_helpers_that_it_calls() -> None:
    source = write_c(model_of("a * P3(x)", a=1.0))
    assert [line.split("(")[0] for line in source.splitlines() if line.startswith("static")] == [
        "static double legendre"
    ]
    assert "complex" not in source


@pytest.mark.parametrize("name", ["int", "linux", "I", "NAN", "pow", "new", "M_PI"])
def test_names_that_mean_something_else_in_c_are_changed(name: str) -> None:
    assert name in RESERVED
    assert f"const double {name}_ = 2.0;" in write_c(model_of(f"{name} * x", **{name: 2.0}))


def test_a_changed_name_is_no_other_one() -> None:
    source = write_c(model_of("int * int_ + x", int=1.0, int_=2.0))
    assert "const double int__ = 1.0;" in source
    assert "const double int_ = 2.0;" in source


def test_variables_are_arguments_in_their_order_even_those_that_the_formula_has_not() -> None:
    assert "double model(double b, double x, double a)" in write_c(model_of("x - 1 + a", ("b", "x", "a")))


def test_the_formula_is_told() -> None:
    source = write_c(FittedModel("fit_1: succeeded", "a *\n x", ("x",), {"a": 1.0}, {}, "log(y)"))
    assert source.startswith("/* fit_1: succeeded\n\n   log(y) = a * x\n*/")


def test_numbers_have_all_digits_and_are_no_integers() -> None:
    source = write_c(model_of("1/3 * a * x", a=0.1 + 0.2))
    assert "0.30000000000000004" in source
    assert "1.0/3.0" in source

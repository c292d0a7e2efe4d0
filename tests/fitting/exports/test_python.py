"""Python exports: a module that needs only NumPy and computes what our formula does."""

import ast
import builtins
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fitting.exports import FittedModel, write_python
from app.fitting.exports.python import PYTHON_FUNCTIONS, RESERVED
from app.fitting.formulas.functions import FUNCTIONS
from tests.helpers.exported_models import CASES, Case, model_of

NO_NAMES = {"True", "False", "None"}
"""What no variable can be called."""


def executed(model: FittedModel) -> dict[str, Any]:
    """Return the names of the module."""
    names: dict[str, Any] = {}
    exec(compile(write_python(model), "exported", "exec"), names)  # noqa: S102
    return names


@pytest.mark.parametrize("name", CASES)
def test_the_module_computes_what_the_formula_does(name: str) -> None:
    case = CASES[name]
    computed = executed(case.model)["model"](*np.array(case.points).T)
    case.check(computed.tolist())


def test_every_function_can_be_written() -> None:
    assert {FUNCTIONS[name] for name in PYTHON_FUNCTIONS} == set(FUNCTIONS.values())


def test_it_imports_nothing_but_numpy_and_mathematics() -> None:
    for case in CASES.values():
        tree = ast.parse(write_python(case.model))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert imported <= {"math", "numpy"}


def test_it_has_only_the_helpers_that_it_calls() -> None:
    names = executed(model_of("a * P3(x)", a=1.0))
    assert [name for name in names if name.startswith("_") and name != "__builtins__"] == ["__doc__", "_legendre"]


def test_coefficients_are_defaults_that_can_be_changed() -> None:
    model = executed(model_of("a * x + b", a=2.0, b=0.1))["model"]
    assert model(3.0) == 2.0 * 3.0 + 0.1
    assert model(3.0, a=1.0, b=0.0) == 3.0
    assert model([1, 2], a=[1, 10], b=0).tolist() == [1, 20]
    assert model.__kwdefaults__ == {"a": 2.0, "b": 0.1}


@pytest.mark.parametrize("name", sorted(RESERVED - NO_NAMES))
def test_a_name_that_the_module_needs_itself_is_changed(name: str) -> None:
    model = executed(model_of(f"{name} * x", **{name: 2.0}))["model"]
    assert model(3.0, **{f"{name}_": 4.0}) == 12.0


@pytest.mark.parametrize("name", [name for name in dir(builtins) if name[0].isalpha() and name not in NO_NAMES])
def test_a_variable_may_have_the_name_of_a_builtin(name: str) -> None:
    case = Case(model_of(f"a * {name} + erf({name}) + digamma({name})", (name,), a=2.0), ((0.3,), (1.7,)))
    case.check(executed(case.model)["model"](np.array([0.3, 1.7])).tolist())


def test_the_formula_is_told() -> None:
    module = executed(FittedModel("fit_1: succeeded", "a *\n x", ("x",), {"a": 1.0}, {}, "log(y)"))
    assert module["__doc__"] == "fit_1: succeeded"
    assert "log(y) = a * x" in module["model"].__doc__


def test_a_model_without_x_has_a_value_for_each_x() -> None:
    assert executed(model_of("c", c=2.5))["model"]([1, 2, 3]).tolist() == [2.5, 2.5, 2.5]


def test_poles_and_overflows_are_no_exceptions() -> None:
    with np.errstate(all="ignore"):
        model = executed(model_of("gamma(x) + lgamma(x) + digamma(x) + a / b", a=1.0, b=0.0))["model"]
        assert not np.isfinite(model([-1.0, 0.0, 400.0])).any()


@pytest.mark.parametrize("count", [3, 60])
def test_long_models_are_written_in_short_lines(count: int) -> None:
    coefficients = {f"coefficient_{k}": k / 7 for k in range(count)}
    formula = " + ".join(f"{name}*x**{k}" for k, name in enumerate(coefficients))
    case = Case(model_of(formula, **coefficients), ((0.5,), (-0.7,)))
    assert max(map(len, write_python(case.model).splitlines())) <= 100
    case.check(executed(case.model)["model"](np.array([0.5, -0.7])).tolist())


@settings(max_examples=50)
@given(st.floats(-1e300, 1e300))
def test_numbers_come_back_exactly(number: float) -> None:
    assert executed(model_of("a + 0*x", a=number))["model"](0.0) == number

"""The design matrix of a linear formula: its columns, and the data as its right side."""

import mpmath
import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.problems.data import Data
from app.fitting.problems.design_matrix import ELEMENTS_AT_ONCE, Design, design_of
from app.fitting.problems.problem import Problem

X = torch.tensor([0.1, 0.7, 1.3, 2.9], dtype=torch.float64)
Y = torch.tensor([1.0, -2.0, 3.0, 0.3], dtype=torch.float64)


def designed(text: str, data: Data, fixed: dict[str, float] | None = None, **tied: str) -> tuple[Design, Problem]:
    formula = parse(text, data.variables)
    ties = {name: parse_tie(tie, formula.parameters) for name, tie in tied.items()}
    parameters = Parameters(formula.parameters, fixed or {}, ties)
    start = torch.arange(1, len(parameters.free) + 1, dtype=torch.float64)
    return design_of(formula, data, parameters), Problem(formula, data, parameters, start)


@pytest.mark.parametrize(
    ("text", "fixed", "tied"),
    [
        ("a + b * x + c * x**3 - d / x", {}, {}),
        ("-(a - b * x) / 2 + 1", {}, {}),
        ("(a + b * x) * exp(-k * x) + x**-2", {"k": 0.3}, {}),
        ("a * x**n + b * x**0.5 + c * 2**x", {"n": 2.0}, {}),
        ("a * P3(x) + b * jacobi(1 + 1, 0.5, 1, x) + c * atan2(x, 2) - pi", {}, {}),
        ("a * x + b", {}, {"b": "2 * a + e"}),
        ("a * x + b + 0 * c", {"c": 2.0}, {"b": "2 * c"}),
    ],
)
def test_matrix_times_parameters_less_target_is_the_residual(
    text: str, fixed: dict[str, float], tied: dict[str, str]
) -> None:
    factor = torch.tensor([1.0, 0.5, 2.0, 3.0], dtype=torch.float64)
    design, problem = designed(text, Data({"x": X}, Y, factor), fixed, **tied)
    residual = design.matrix.high @ problem.start - design.target.high
    torch.testing.assert_close(residual, problem.residual(problem.start), rtol=1e-13, atol=1e-13)


def test_sums_products_quotients_and_whole_powers_have_31_digits() -> None:
    design, _ = designed("a * (x - 1 / 3)**7 * x / (x**2 + 2)", Data({"x": X}, Y))
    for x, high, low in zip(
        X.tolist(), design.matrix.high[:, 0].tolist(), design.matrix.low[:, 0].tolist(), strict=True
    ):
        with mpmath.workdps(50):
            true = (mpmath.mpf(x) - mpmath.mpf(1) / 3) ** 7 * x / (mpmath.mpf(x) ** 2 + 2)
            assert abs(mpmath.mpf(high) + mpmath.mpf(low) - true) <= 1e-29 * abs(true)


def test_data_of_any_length_are_worked_on_block_by_block() -> None:
    x = torch.linspace(0, 1, ELEMENTS_AT_ONCE + 5, dtype=torch.float64)
    design, _ = designed("a + b * x", Data({"x": x}, x))
    assert design.matrix.high.equal(torch.stack([torch.ones_like(x), x], 1))
    assert design.target.high.equal(x)


def test_curves_share_the_matrix() -> None:
    curves = torch.stack([Y, 2 * Y], 1)
    design, _ = designed("a + b * x + x**2", Data({"x": X}, curves, torch.full_like(X, 2)))
    assert design.matrix.shape == (4, 2)
    torch.testing.assert_close(design.target.high, 2 * (curves - (X * X)[:, None]))


def test_float32_data_are_taken_exactly() -> None:
    design, _ = designed("a * x", Data({"x": X.float()}, Y.float()))
    assert design.matrix.high[:, 0].equal(X.float().double())
    assert design.target.high.equal(Y.float().double())


def test_a_constant_of_a_tie_stays_one_where_a_variable_has_its_name() -> None:
    design, _ = designed("b * pi + 0 * a", Data({"pi": X}, Y), b="pi * a")
    torch.testing.assert_close(design.matrix.high[:, 0], torch.pi * X)


def test_a_parameter_that_the_formula_lacks_has_a_column_of_zeros() -> None:
    design = design_of(parse("a * x"), Data({"x": X}, Y), Parameters(("a", "b")))
    assert design.matrix.high.equal(torch.stack([X, torch.zeros_like(X)], 1))


@pytest.mark.parametrize(("text", "x"), [("a / x", 0.0), ("a * log(x)", -1.0), ("a + log(x)", 0.0)])
def test_what_is_not_finite_stays_so(text: str, x: float) -> None:
    design, _ = designed(text, Data({"x": torch.tensor([1.0, x])}, torch.zeros(2)))
    entries: Tensor = torch.cat([design.matrix.high[:, 0], design.target.high])
    assert not entries.isfinite().all()


def test_a_formula_that_is_not_linear_is_refused() -> None:
    with pytest.raises(ValueError, match="not linear in a, b"):
        designed("exp(a * x) + b", Data({"x": X}, Y))

"""Parameters in which a formula is linear are solved for."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.formulas.formula import parse
from app.fitting.starts.variable_projection import project, separate

X = torch.linspace(0, 3, 12, dtype=torch.float64)[:, None]
RATES = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
FORMULA = parse("a*exp(-b*x) - c*x/2 + x^2", ["x"])


def test_columns_and_offset_are_those_of_each_candidate() -> None:
    separated = separate(lambda given: FORMULA({"x": X, "b": RATES, **given}), ["a", "c"], X.expand(-1, 3))
    torch.testing.assert_close(separated.offset, (X**2).expand(-1, 3))
    torch.testing.assert_close(separated.columns[0], torch.exp(-RATES * X))
    torch.testing.assert_close(separated.columns[1], (-X / 2).expand(-1, 3))


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(0, 2))
def test_the_parameters_of_exact_data_come_back(a: float, c: float, candidate: int) -> None:
    number = torch.tensor([a, c], dtype=torch.float64)
    y = FORMULA({"x": X, "a": number[0], "b": RATES[candidate], "c": number[1]})
    values = project(FORMULA, ["a", "c"], {"x": X, "b": RATES}, y).values
    tolerance = 1e-7 * (abs(a) + abs(c) + 1)
    assert values["a"][candidate].item() == pytest.approx(a, abs=tolerance)
    assert values["c"][candidate].item() == pytest.approx(c, abs=tolerance)


def test_a_weighted_residual_is_orthogonal_to_the_weighted_columns() -> None:
    y, factor = torch.cos(3 * X), 1 + X
    separated = separate(lambda given: FORMULA({"x": X, "b": RATES, **given}), ["a", "c"], X.expand(-1, 3))
    residual = factor * (separated.model(separated.solved(y, factor)) - y)
    assert (factor * separated.columns * residual).sum(1).abs().max() < 1e-7


def test_every_curve_has_its_own_data() -> None:
    y = torch.cat([2 * torch.exp(-X) + X**2, 5 * torch.exp(-X) + X**2], dim=1)
    found = project(FORMULA, ["a", "c"], {"x": X, "b": torch.ones(2, dtype=torch.float64)}, y)
    assert found.values["a"].tolist() == pytest.approx([2, 5], rel=1e-7)
    assert found.residual.abs().max() < 1e-7


def test_a_column_of_zeros_takes_no_part() -> None:
    y = 2 * torch.exp(-X)
    values = project(parse("a*exp(-x) + c*b", ["x"]), ["a", "c"], {"x": X, "b": 0 * RATES}, y).values
    assert values["a"].tolist() == pytest.approx([2, 2, 2], rel=1e-7)
    assert values["c"].tolist() == [0, 0, 0]


def test_a_candidate_at_which_the_formula_is_not_finite_is_nan_alone() -> None:
    rates = torch.tensor([1.0, -1e6], dtype=torch.float64)
    good, bad = project(FORMULA, ["a", "c"], {"x": X, "b": rates}, torch.exp(-X)).values["a"].tolist()
    assert math.isfinite(good)
    assert math.isnan(bad)

"""Chebyshev's polynomials as a basis of the polynomials on an interval."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.numerics.chebyshev import Chebyshev


def test_the_basis_is_chebyshevs_polynomials_between_the_ends() -> None:
    columns = Chebyshev.between(0.0, 10.0, 3)(torch.tensor([0.0, 5.0, 10.0, 6.0], dtype=torch.float64))
    expected = [[1, -1, 1, -1], [1, 0, -1, 0], [1, 1, 1, 1], [1, 0.2, 2 * 0.04 - 1, 4 * 0.008 - 3 * 0.2]]
    torch.testing.assert_close(torch.stack(columns, 1), torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-14)


@given(st.integers(0, 100))
def test_each_polynomial_is_a_cosine_of_multiples_of_the_angle(degree: int) -> None:
    angle = torch.linspace(0, math.pi, 201, dtype=torch.float64)
    columns = Chebyshev.between(-1.0, 1.0, degree)(angle.cos())
    assert len(columns) == degree + 1
    torch.testing.assert_close(columns[-1], (degree * angle).cos(), rtol=0, atol=1e-15 * (1 + degree) ** 2)


def test_the_nodes_are_the_zeros_of_the_next_polynomial() -> None:
    nodes = Chebyshev.between(2.0, 6.0, 3).nodes()
    assert len(nodes) == 4
    assert nodes.amax().item() == pytest.approx(4 + 2 * math.cos(math.pi / 8))
    next_one = Chebyshev.between(2.0, 6.0, 4)(nodes)[4]
    torch.testing.assert_close(next_one, torch.zeros(4).double(), rtol=0, atol=1e-14)


@given(st.integers(0, 30), st.floats(-1e9, 1e9))
def test_coefficients_follow_from_the_values_at_the_nodes(degree: int, low: float) -> None:
    basis = Chebyshev.between(low, low + 1, degree)
    coefficients = basis.coefficients()
    assert coefficients is not None
    values = torch.stack(basis(basis.nodes()), 1)
    torch.testing.assert_close(coefficients @ values, torch.eye(degree + 1).double(), rtol=0, atol=1e-12)


def test_nodes_that_are_one_number_tell_no_coefficients() -> None:
    assert Chebyshev.between(1e16, 1e16 + 2, 3).coefficients() is None

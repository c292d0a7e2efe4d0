"""Systems of a few equations: of many curves side by side as of each alone."""

import pytest
import torch
from torch import Tensor

from app.fitting.numerics.small_systems import (
    diagonals,
    identities,
    norm,
    normal_equations,
    solve_definite,
    solve_triangles,
    triangles,
)

POINTS, SIZE, CURVES = 9, 3, 4


def uniform(*size: int, seed: int = 1) -> Tensor:
    return torch.rand(*size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def jacobian() -> Tensor:
    return uniform(POINTS, SIZE, CURVES)


@pytest.fixture
def residual() -> Tensor:
    return uniform(POINTS, CURVES, seed=2)


def test_normal_equations_are_those_of_each_curve(jacobian: Tensor, residual: Tensor) -> None:
    gram, right = normal_equations(jacobian, residual)
    for curve in range(CURVES):
        alone_gram, alone_right = normal_equations(jacobian[..., curve], residual[:, curve])
        torch.testing.assert_close(gram[..., curve], alone_gram, rtol=1e-14, atol=0)
        torch.testing.assert_close(right[:, curve], alone_right, rtol=1e-14, atol=0)


def test_definite_systems_are_solved_with_what_is_added_to_the_diagonal(jacobian: Tensor, residual: Tensor) -> None:
    gram, right = normal_equations(jacobian, residual)
    extra = uniform(SIZE, CURVES, seed=3)
    solved = solve_definite(gram, extra, right)
    for curve in range(CURVES):
        expected = torch.linalg.solve(gram[..., curve] + extra[:, curve].diag(), right[:, curve])
        torch.testing.assert_close(solved[:, curve], expected, rtol=1e-12, atol=0)
        alone = solve_definite(gram[..., curve], extra[:, curve], right[:, curve])
        torch.testing.assert_close(alone, expected, rtol=1e-12, atol=0)


def test_a_system_that_is_not_definite_has_no_solution() -> None:
    indefinite = torch.tensor([[1.0, 2.0], [2.0, 1.0]], dtype=torch.float64)
    assert solve_definite(indefinite, torch.zeros(2, dtype=torch.float64), torch.ones(2).double()).isnan().all()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_triangles_are_those_of_the_qr_decomposition_up_to_signs(jacobian: Tensor, dtype: torch.dtype) -> None:
    found = triangles(jacobian.to(dtype), torch.ones(SIZE, CURVES, dtype=torch.bool))
    for curve in range(CURVES):
        expected = torch.linalg.qr(jacobian.to(dtype)[..., curve].double(), mode="r").R
        torch.testing.assert_close(found[..., curve].abs(), expected.abs(), rtol=1e-10, atol=1e-12)


def test_a_column_that_is_held_is_a_unit_vector_beside_the_others(jacobian: Tensor) -> None:
    moving = torch.ones(SIZE, CURVES, dtype=torch.bool)
    moving[1] = False
    found = triangles(jacobian, moving)
    assert found[1, 1].tolist() == [1.0] * CURVES
    for curve in range(CURVES):
        others = torch.linalg.qr(jacobian[:, [0, 2], curve], mode="r").R
        kept = found[..., curve][[0, 0, 2], [0, 2, 2]].abs()
        torch.testing.assert_close(kept, others[[0, 0, 1], [0, 1, 1]].abs(), rtol=1e-12, atol=1e-14)


def test_triangles_are_solved(jacobian: Tensor) -> None:
    triangle = triangles(jacobian, torch.ones(SIZE, CURVES, dtype=torch.bool))
    inverse = solve_triangles(triangle, identities(triangle))
    for curve in range(CURVES):
        product = triangle[..., curve] @ inverse[..., curve]
        torch.testing.assert_close(product, torch.eye(SIZE, dtype=torch.float64), rtol=0, atol=1e-12)
    assert diagonals(triangle)[:, 0].tolist() == triangle[..., 0].diagonal().tolist()


def test_a_norm_is_the_length_of_a_vector() -> None:
    assert norm(torch.tensor([3.0, 4.0])).item() == 5

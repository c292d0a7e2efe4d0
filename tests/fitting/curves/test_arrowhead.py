"""A joint Jacobian with a block a curve and columns that all share, reduced block by block as if it were one matrix."""

import pytest
import torch
from torch import Tensor

from app.fitting.curves.arrowhead import Arrow, arrow_of

CURVES, POINTS, OWN, SHARED = 3, 5, 2, 2


@pytest.fixture
def blocks() -> Tensor:
    """Columns of own and of shared parameters, and the residual, (curves, points, own + shared + 1)."""
    generator = torch.Generator().manual_seed(3)
    return torch.randn(CURVES, POINTS, OWN + SHARED + 1, generator=generator, dtype=torch.float64)


def pivots(size: float) -> Tensor:
    return torch.full((CURVES, OWN + SHARED), size, dtype=torch.float64)


def dense(blocks: Tensor, pivot: float) -> tuple[Tensor, Tensor]:
    """Return the joint Jacobian, with a row of damping for each parameter, and the residual."""
    size = CURVES * OWN + SHARED
    jacobian = torch.zeros(CURVES * POINTS + size, size, dtype=torch.float64)
    residual = torch.zeros(len(jacobian), dtype=torch.float64)
    for curve, block in enumerate(blocks):
        rows = slice(curve * POINTS, (curve + 1) * POINTS)
        jacobian[rows, curve * OWN : (curve + 1) * OWN] = block[:, :OWN]
        jacobian[rows, CURVES * OWN :] = block[:, OWN:-1]
        residual[rows] = block[:, -1]
    jacobian[CURVES * POINTS :] = pivot**0.5 * torch.eye(size, dtype=torch.float64)
    return jacobian, residual


def of_curve(curve: int) -> list[int]:
    own = range(curve * OWN, (curve + 1) * OWN)
    return [*own, *range(CURVES * OWN, CURVES * OWN + SHARED)]


@pytest.mark.parametrize("pivot", [0.0, 0.5])
def test_the_update_is_that_of_the_whole_matrix(blocks: Tensor, pivot: float) -> None:
    jacobian, residual = dense(blocks, pivot)
    expected = torch.linalg.lstsq(jacobian, -residual[:, None]).solution[:, 0]
    found = arrow_of(blocks, pivots(pivot), OWN).update()
    for curve in range(CURVES):
        torch.testing.assert_close(found[curve], expected[of_curve(curve)], rtol=1e-12, atol=1e-12)


def test_the_inverse_has_the_block_of_each_curve(blocks: Tensor) -> None:
    jacobian, _ = dense(blocks, 0.0)
    expected = torch.linalg.inv(jacobian.T @ jacobian)
    found = arrow_of(blocks, pivots(0.0), OWN).inverse()
    for curve in range(CURVES):
        chosen = of_curve(curve)
        torch.testing.assert_close(found[curve], expected[chosen][:, chosen], rtol=1e-11, atol=1e-12)


def test_it_promises_what_the_update_takes_off_the_sum_of_squares(blocks: Tensor) -> None:
    jacobian, residual = dense(blocks, 0.0)
    left = residual + jacobian @ torch.linalg.lstsq(jacobian, -residual[:, None]).solution[:, 0]
    found: Arrow = arrow_of(blocks, pivots(0.0), OWN)
    assert found.promised.item() == pytest.approx((residual @ residual - left @ left).item())


def test_columns_that_are_not_independent_have_a_pivot_of_0(blocks: Tensor) -> None:
    blocks[1, :, 1] = 2 * blocks[1, :, 0]
    assert arrow_of(blocks, pivots(0.0), OWN).least_pivot.item() < 1e-14

"""QR decompositions of very many rows, a block at a time."""

import math

import pytest
import torch

from app.fitting.numerics.tall_qr import POINTS_AT_ONCE, chebyshev_basis, chebyshev_nodes, triangle_of, weighted_blocks


def test_blocks_give_the_triangle_of_the_whole() -> None:
    x = torch.linspace(-1, 1, 2 * POINTS_AT_ONCE + 5, dtype=torch.float64)
    y, factor = torch.sin(3 * x), 1 + x**2
    basis = chebyshev_basis(3, -1.0, 1.0)
    found = triangle_of(weighted_blocks(basis, x, y, factor))
    whole = torch.linalg.qr(torch.cat([basis(x), y[:, None]], 1) * factor[:, None], mode="r").R
    torch.testing.assert_close(found.abs(), whole.abs(), rtol=1e-10, atol=1e-10)


def test_rows_of_zeros_fill_up_what_few_points_leave() -> None:
    block = (torch.tensor([[1.0, 2.0]]).double(), torch.tensor([3.0]).double())
    assert triangle_of([block]).abs().tolist() == [[1, 2, 3], [0, 0, 0], [0, 0, 0]]


def test_without_points_there_is_no_triangle() -> None:
    with pytest.raises(ValueError, match="no points"):
        triangle_of([])


def test_the_basis_is_chebyshevs_polynomials_between_the_ends() -> None:
    values = chebyshev_basis(3, 0.0, 10.0)(torch.tensor([0.0, 5.0, 10.0, 6.0], dtype=torch.float64))
    expected = [[1, -1, 1, -1], [1, 0, -1, 0], [1, 1, 1, 1], [1, 0.2, 2 * 0.04 - 1, 4 * 0.008 - 3 * 0.2]]
    torch.testing.assert_close(values, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-14)


def test_the_nodes_are_the_zeros_of_the_next_polynomial() -> None:
    nodes = chebyshev_nodes(3, 2.0, 6.0)
    assert len(nodes) == 4
    assert nodes.amax().item() == pytest.approx(4 + 2 * math.cos(math.pi / 8))
    torch.testing.assert_close(chebyshev_basis(4, 2.0, 6.0)(nodes)[:, 4], torch.zeros(4).double(), rtol=0, atol=1e-14)

"""QR decompositions of very many rows, a block at a time."""

import pytest
import torch

from app.fitting.numerics.tall_qr import POINTS_AT_ONCE, triangle_of, weighted_blocks


def powers(x: torch.Tensor) -> list[torch.Tensor]:
    return [torch.ones_like(x), x, x**2]


def test_blocks_give_the_triangle_of_the_whole() -> None:
    x = torch.linspace(-1, 1, 2 * POINTS_AT_ONCE + 5, dtype=torch.float64)
    y, factor = torch.sin(3 * x), 1 + x**2
    found = triangle_of(weighted_blocks(powers, x, y, factor))
    whole = torch.linalg.qr(torch.stack([*powers(x), y], 1) * factor[:, None], mode="r").R
    torch.testing.assert_close(found.abs(), whole.abs(), rtol=1e-10, atol=1e-10)


def test_the_response_is_the_last_column_and_each_row_has_its_factor() -> None:
    x, y, factor = torch.tensor([[1.0, 2.0], [5.0, 6.0], [1.0, 10.0]]).double()
    (block,) = weighted_blocks(powers, x, y, factor)
    assert block.tolist() == [[1, 1, 1, 5], [10, 20, 40, 60]]


def test_rows_of_zeros_fill_up_what_few_points_leave() -> None:
    block = torch.tensor([[1.0, 2.0, 3.0]]).double()
    assert triangle_of([block]).abs().tolist() == [[1, 2, 3], [0, 0, 0], [0, 0, 0]]


def test_without_points_there_is_no_triangle() -> None:
    with pytest.raises(ValueError, match="no points"):
        triangle_of([])

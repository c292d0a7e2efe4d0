"""The best pairs of candidates are those of least squares, and they differ."""

from itertools import product

import pytest
import torch
from torch import Tensor

from app.fitting.library.pairs import best_pairs

X = torch.linspace(0, 1, 40, dtype=torch.float64)
LINE = torch.stack([torch.ones_like(X), X], dim=1)


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def squares(y: Tensor, *columns: Tensor) -> float:
    matrix = torch.cat(columns, dim=1)
    return (matrix @ torch.linalg.lstsq(matrix, y).solution - y).square().sum().item()


@pytest.mark.parametrize(("first", "second"), [(1, 1), (1, 2), (2, 1), (2, 3)])
def test_the_first_pair_leaves_the_least_squares(first: int, second: int) -> None:
    y, one, other = random(40), random(7, 40, first), random(5, 40, second)
    i, j = best_pairs(y, LINE, one, other)[0]
    least = min(squares(y, LINE, *pair) for pair in product(one, other))
    assert squares(y, LINE, one[i], other[j]) == pytest.approx(least)


def test_each_combination_of_signs_is_there() -> None:
    peaks = torch.exp(-(((X - torch.linspace(0, 1, 9, dtype=torch.float64)[:, None]) / 0.05) ** 2))[:, :, None]
    y = 3 * peaks[2, :, 0] - peaks[6, :, 0] + 0.1 * random(40)
    pairs = best_pairs(y, LINE[:, :0], peaks, peaks)
    assert {2, 6} == {*pairs[0]}
    signs = {
        tuple((torch.linalg.lstsq(torch.cat([peaks[i], peaks[j]], dim=1), y).solution > 0).tolist())
        for i, j in pairs
        if i != j
    }
    assert len(signs) == 4
    assert len({*pairs}) == len(pairs)


def test_columns_that_tell_nothing_new_do_no_harm() -> None:
    y = 2 + X + random(40)
    one = torch.stack([LINE[:, :1], LINE[:, 1:], torch.full((40, 1), torch.nan, dtype=torch.float64), X[:, None] ** 2])
    i, j = best_pairs(y, LINE, one, one)[0]
    assert 3 in (i, j)

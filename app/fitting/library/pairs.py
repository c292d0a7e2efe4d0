"""The best of all pairs of candidates, one of each of two parts of a sum, with all linear parameters solved for."""

from collections.abc import Sequence

import torch
from torch import Tensor

_IN_SPAN = 1e-6
"""Length that is left of a column, as a share of itself, below which it tells nothing new."""
_RIDGE = 1e-9
"""What is added to the diagonals of the systems of a pair, so that they have one solution."""
_FURTHER = 6
"""Pairs beyond the best of each combination of signs, none of them like another one."""
_ALIKE = 0.9
"""Cosine of the angle between the columns of two candidates from which on they are alike."""

Pair = tuple[int, int]


def best_pairs(y: Tensor, known: Tensor, first: Tensor, second: Tensor) -> list[Pair]:
    """Return the numbers of the best pairs of candidates, the very best one first.

    `y` (points,) is fitted by the columns `known` (points, any), those of a candidate of `first` (candidates, points,
    linear) and those of one of `second`. The best pair of each combination of signs is among them, where a candidate
    has one column: what one part has too much the other one takes away, and a grid does not tell which is right.
    """
    y, known, first, second = (numbers.double() for numbers in (y, known, first, second))
    basis = _orthonormal(known[None])[0]
    rest = y - basis @ (basis.T @ y)
    first, second = (_orthonormal(part - basis @ (basis.T @ part), part) for part in (first, second))
    # Squares that a part takes away alone, and a second one beside it.
    along, across = first.mT @ rest, second.mT @ rest
    common = torch.einsum("ipk,jpl->ijkl", first, second)
    left = across[None] - torch.einsum("ijkl,ik->ijl", common, along)
    system = torch.eye(second.shape[2], dtype=y.dtype, device=y.device) * (1 + _RIDGE) - common.mT @ common
    height = torch.linalg.solve_ex(system, left[..., None]).result[..., 0]
    gain = (along.square().sum(1)[:, None] + (left * height).sum(-1)).nan_to_num(nan=-torch.inf)
    signs = _signs(along[:, None] - torch.einsum("ijkl,ijl->ijk", common, height), height)
    chosen = [_highest(torch.where(signs == sign, gain, -torch.inf)) for sign in signs.unique().tolist()]
    chosen.sort(key=lambda pair: -gain[pair].item())
    for number in range(len(chosen) + _FURTHER):
        if number == len(chosen):
            chosen.append(_highest(gain))
        i, j = chosen[number]
        alike = _alike(first, i)[:, None] & _alike(second, j)
        gain = torch.where(alike, -torch.inf, gain)
        if not bool(gain.isfinite().any()):
            break
    return chosen


def _orthonormal(columns: Tensor, before: Tensor | None = None) -> Tensor:
    """Return orthonormal columns (..., points, columns) of the same span; 0 for what is nearly in others already."""
    before = columns if before is None else before
    sizes = before.norm(dim=-2, keepdim=True)
    scaled = (columns / torch.where(sizes > 0, sizes, 1.0)).nan_to_num(0.0, 0.0, 0.0)
    basis, triangle = torch.linalg.qr(scaled)
    counts = triangle.diagonal(dim1=-2, dim2=-1).abs() > _IN_SPAN
    counted: Tensor = basis * counts[..., None, :]
    return counted


def _alike(part: Tensor, number: int) -> Tensor:
    """Tell which candidates (candidates,) of a part have nearly the same columns as one of them."""
    cosine = (part.mT @ part[number]).flatten(1).norm(dim=1) / max(part.shape[2], 1) ** 0.5
    is_alike: Tensor = cosine >= _ALIKE
    is_alike[number] = True
    return is_alike


def _signs(first: Tensor, second: Tensor) -> Tensor:
    """Return a number (first, second) for each combination of signs of parts with one column."""
    parts: Sequence[Tensor] = [part[..., 0] < 0 for part in (first, second) if part.shape[-1] == 1]
    numbers = torch.zeros(first.shape[:2], dtype=torch.long, device=first.device)
    for place, part in enumerate(parts):
        numbers = numbers + (part.long() << place)
    return numbers


def _highest(gain: Tensor) -> Pair:
    place = int(gain.argmax())
    return place // gain.shape[1], place % gain.shape[1]

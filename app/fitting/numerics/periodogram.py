"""The frequencies that data oscillate with most, at any points, by a fast Fourier transform.

Each value is added to the nearest cell of a fine grid, as in W. H. Press and G. B. Rybicki, "Fast Algorithm for
Spectral Analysis of Unevenly Sampled Data", 1989, without their interpolation, which a first guess does not need.
"""

import math

import torch
from torch import Tensor

_CELLS_PER_POINT = 4
"""Cells of the grid for each point within the range: a place is wrong by an eighth of their mean distance at most."""
_FINER = 4
"""Frequencies within the width of a spectral line: the grid is so many times as long as the range."""
_MOST_CELLS = 2**22
_NUMBERS_AT_ONCE = 2**23


def strongest_frequencies(x: Tensor, y: Tensor, count: int) -> Tensor:
    """Return the `count` frequencies (count, curves) of the highest peaks of the periodogram, up to half the sampling.

    `x` and `y` are (points, curves). Where there are fewer peaks, the last ones are 0.
    """
    points, curves = y.shape
    cells = min(2 ** math.ceil(math.log2(_CELLS_PER_POINT * _FINER * max(points, 2))), _MOST_CELLS)
    at_once = max(1, _NUMBERS_AT_ONCE // cells)
    parts = [_strongest(x[:, k : k + at_once], y[:, k : k + at_once], cells, count) for k in range(0, curves, at_once)]
    return torch.cat(parts, dim=1).to(x)


def _strongest(x: Tensor, y: Tensor, cells: int, count: int) -> Tensor:
    low = x.amin(0)
    length = _FINER * (x.amax(0) - low)
    length = torch.where(length > 0, length, 1.0)
    cell = ((x - low) / length * cells).round().long().clamp(max=cells - 1)
    around = (y - y.mean(0)).double()
    grid = around.new_zeros(cells, y.shape[1]).scatter_add(0, cell, around)
    highest = min(_FINER * len(y) // 2, cells // 2)
    power = torch.fft.rfft(grid, dim=0)[: highest + 2].abs().square()
    inner = power[1:-1]
    is_peak = (inner >= power[:-2]) & (inner > power[2:])
    peaks = torch.where(is_peak, inner, 0.0)
    top = peaks.topk(min(count, len(peaks)), dim=0)
    frequencies = torch.where(top.values > 0, (top.indices + 1) / length, 0.0)
    return torch.nn.functional.pad(frequencies, (0, 0, 0, count - len(frequencies)))

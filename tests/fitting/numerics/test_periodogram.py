"""The frequencies of the highest peaks of a periodogram."""

import math

import pytest
import torch

from app.fitting.numerics.periodogram import strongest_frequencies


@pytest.mark.parametrize("frequency", [0.3, 4.0, 24.9])
@pytest.mark.parametrize("even", [True, False])
def test_a_frequency_up_to_half_the_sampling_is_found(frequency: float, even: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    x = torch.linspace(5, 15, 501, dtype=torch.float64)
    x = x if even else 5 + 10 * torch.rand(501, generator=generator, dtype=torch.float64)
    y = 3 + torch.sin(2 * math.pi * frequency * x + 0.4)
    (found,) = strongest_frequencies(x[:, None], y[:, None], 1)
    assert found.item() == pytest.approx(frequency, abs=0.03)


def test_each_curve_has_its_own_and_the_strongest_comes_first() -> None:
    x = torch.linspace(0, 20, 400, dtype=torch.float64)[:, None].expand(-1, 2)
    first = torch.sin(2 * math.pi * 3 * x[:, 0]) + 0.5 * torch.sin(2 * math.pi * 7 * x[:, 0])
    found = strongest_frequencies(x, torch.stack([first, torch.cos(2 * math.pi * 5 * x[:, 1])], dim=1), 2)
    assert found[:, 0].tolist() == pytest.approx([3, 7], abs=0.02)
    assert found[0, 1].item() == pytest.approx(5, abs=0.02)


def test_where_there_is_nothing_there_are_zeros() -> None:
    x = torch.ones(3, 1, dtype=torch.float64)
    assert strongest_frequencies(x, x, 4).tolist() == [[0]] * 4

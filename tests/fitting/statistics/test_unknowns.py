"""How uncertain responses are."""

import pytest
import torch
from torch import Tensor

from app.fitting.statistics.bands import Uncertainty
from app.fitting.statistics.unknowns import Unknowns


def tensor(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


KNOWN = Uncertainty(["a"], tensor(0.09)[:, None], 4.0, 10)
REPLICATES = [tensor(1, 3), tensor(5)]


def test_the_mean_of_replicates_is_taken_and_scatters_less_than_each() -> None:
    found = Unknowns.measured(REPLICATES, tensor(2, 1), tensor(1, 3), KNOWN, 0.95)
    assert found.y.tolist() == [2, 5]
    assert found.share.tolist() == [0.5, 9]
    assert found.quantile.tolist() == pytest.approx([2.228138852] * 2)


def test_replicates_whose_sum_no_number_can_hold_have_a_mean() -> None:
    found = Unknowns.measured([tensor(1.7e308, 1.5e308)], tensor(2), tensor(1), KNOWN, 0.95)
    assert found.y.tolist() == pytest.approx([1.6e308])


def test_a_value_of_the_model_itself_does_not_scatter() -> None:
    assert Unknowns.known_exactly(tensor(2), KNOWN, 0.95).share.tolist() == [0]


def test_replicates_add_their_scatter_and_their_degrees_of_freedom() -> None:
    """(10 * 4 + 2) / 11 = 3.818, t(0.975, 11) = 2.200985160."""
    plain = Unknowns.measured(REPLICATES, tensor(2, 1), tensor(1, 1), KNOWN, 0.95)
    found = plain.pooled(REPLICATES, tensor(1, 1), 4.0, 10, 0.95)
    assert found.inflation.tolist() == pytest.approx([42 / 11 / 4, 1])
    assert found.quantile.tolist() == pytest.approx([2.200985160, 2.228138852])

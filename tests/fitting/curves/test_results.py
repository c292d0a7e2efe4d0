"""What many curves end with."""

import torch

from app.fitting.curves.results import CurveResults


def test_the_losses_of_all_curves_are_summed_step_by_step_and_what_has_ended_keeps_its_last() -> None:
    losses = torch.tensor([8.0, 4.0, 2.0, 10.0, 1.0, 7.0, torch.nan])
    results = CurveResults({}, {}, torch.ones(4), torch.tensor([2, 0, 1, 0]), ["converged"] * 4, losses)
    assert results.offsets.tolist() == [0, 3, 4, 6, 7]
    assert results.summed_losses().tolist() == [8 + 10 + 1, 4 + 10 + 7, 2 + 10 + 7]

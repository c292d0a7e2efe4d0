"""Histories of different lengths in one tensor."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.curves.histories import Trials, ends_of, history_of_table, replaced

losses_of_curves = st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=6), min_size=1, max_size=5)


def flat(histories: list[list[int]]) -> list[int]:
    return [loss for history in histories for loss in history]


@given(losses_of_curves)
def test_the_losses_of_trials_are_sorted_by_curve(histories: list[list[int]]) -> None:
    trials = Trials()
    for trial in range(1, 6):
        running = [number for number, history in enumerate(histories) if len(history) > trial]
        # Each trial is followed by one that no curve accepts.
        losses = torch.tensor([float(histories[number][trial]) for number in running])
        for accepted in (True, False):
            trials.add(torch.tensor(running, dtype=torch.int64), losses, torch.full((len(running),), accepted))
    first, final = (torch.tensor([float(history[end]) for history in histories]) for end in (0, -1))
    steps = torch.tensor([len(history) - 1 for history in histories])
    trials.first = first
    assert trials.history(steps, final).tolist() == flat(histories)


@given(losses_of_curves)
def test_the_part_of_a_table_that_was_done_is_taken(histories: list[list[int]]) -> None:
    table = torch.tensor([[*history, *[-1] * (6 - len(history))] for history in histories]).T
    steps = torch.tensor([len(history) - 1 for history in histories])
    assert history_of_table(table, steps).tolist() == flat(histories)


@given(losses_of_curves, st.lists(st.integers(0, 99), min_size=1))
def test_a_history_can_be_replaced_by_a_longer_or_shorter_one(histories: list[list[int]], other: list[int]) -> None:
    steps = torch.tensor([len(history) - 1 for history in histories])
    found = replaced(torch.tensor(flat(histories)), steps, {0: other})
    assert found.tolist() == flat([other, *histories[1:]])
    assert int(ends_of(steps)[-1]) == len(flat(histories))

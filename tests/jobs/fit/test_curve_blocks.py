"""The blocks of curves that are stored together."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.fit.curve_blocks import MOST_STORED_LOSSES, stored_together


@given(st.lists(st.integers(1, 2 * MOST_STORED_LOSSES), max_size=40))
def test_each_curve_is_stored_once_and_little_together(losses: list[int]) -> None:
    offsets = np.cumsum([0, *losses])
    blocks = list(stored_together(offsets))
    assert [curve for block in blocks for curve in range(block.start, block.stop)] == list(range(len(losses)))
    for block in blocks:
        of_block = losses[block]
        assert len(of_block) == 1 or sum(of_block) <= MOST_STORED_LOSSES


def test_few_losses_are_one_block() -> None:
    assert list(stored_together(np.arange(0, 9000, 3))) == [slice(0, 2999)]

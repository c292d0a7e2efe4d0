"""Which rows of a loss history are shown."""

from hypothesis import given
from hypothesis import strategies as st

from app.jobs.store.thinning import stride_of
from app.jobs.store.thinning import thinned_steps as every


def thinned_steps(last_step: int, max_points: int) -> list[int]:
    return every(last_step, stride_of(last_step, max_points))


def test_a_short_history_is_whole() -> None:
    assert thinned_steps(9, 10) == list(range(10))


def test_the_steps_that_the_tutorial_prints_are_kept() -> None:
    assert {0, *range(99, 2000, 100), 2000} <= set(thinned_steps(2000, 250))


def test_a_history_of_one_row() -> None:
    assert thinned_steps(0, 2) == [0]


@given(st.integers(0, 10**7), st.integers(2, 1000))
def test_first_and_last_are_kept_and_no_more_rows_than_asked_for(last_step: int, max_points: int) -> None:
    steps = thinned_steps(last_step, max_points)
    assert (steps[0], steps[-1]) == (0, last_step)
    assert len(steps) <= max_points
    assert steps == sorted(set(steps))


@given(st.integers(10, 10**6), st.integers(20, 1000))
def test_thinning_uses_a_good_part_of_the_rows_allowed(last_step: int, max_points: int) -> None:
    assert len(thinned_steps(last_step, max_points)) >= min(last_step + 1, max_points / 5)

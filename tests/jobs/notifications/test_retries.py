"""Pauses between tries."""

from itertools import pairwise

from app.jobs.notifications.retries import JITTER, KEPT_TRYING_SECONDS, LONGEST_PAUSE_SECONDS, next_try


def moments() -> list[float]:
    """Return when a message is tried that never arrives, from the end of its fit on."""
    tried = [0.0]
    while (next_at := next_try(len(tried), 0.0, tried[-1])) is not None:
        tried.append(next_at)
    return tried


def test_pauses_grow_from_a_second_to_hours_until_three_days_are_over() -> None:
    tried = moments()
    pauses = [after - before for before, after in pairwise(tried)]
    for number, pause in enumerate(pauses):
        planned = min(4.0**number, LONGEST_PAUSE_SECONDS)
        assert abs(pause / planned - 1) <= JITTER + 1e-9
    assert KEPT_TRYING_SECONDS - 2 * LONGEST_PAUSE_SECONDS < tried[-1] <= KEPT_TRYING_SECONDS
    assert 15 < len(tried) < 25


def test_what_failed_together_is_not_tried_again_together() -> None:
    assert len({next_try(5, 0.0, 0.0) for _ in range(20)}) == 20


def test_a_receiver_may_ask_for_a_longer_pause() -> None:
    assert next_try(1, 0.0, 0.0, asked_seconds=60.0) == 60.0
    assert next_try(1, 0.0, 0.0, asked_seconds=1e9) == LONGEST_PAUSE_SECONDS
    patient = next_try(9, 0.0, 0.0, asked_seconds=1.0)
    assert patient is not None
    assert patient > 1000


def test_after_three_days_a_message_is_given_up() -> None:
    assert next_try(3, 0.0, KEPT_TRYING_SECONDS - 1) is None

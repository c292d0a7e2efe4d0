"""When it is time to look outside."""

from app.fitting.curves.pace import Pace


def test_after_no_seconds_it_is_always_time() -> None:
    pace = Pace(0.0)
    assert [pace.is_due() for _ in range(3)] == [True] * 3


def test_before_the_seconds_are_over_it_is_not() -> None:
    assert not Pace(1e9).is_due()

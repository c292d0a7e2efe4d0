"""An axis shows its numbers, with round ones on it."""

import math

import pytest

from app.cli.plot_axis import Axis


def test_round_numbers_stand_where_they_lie() -> None:
    axis = Axis(0, 10)
    assert axis.ticks(5, 100) == {0: "0", 20: "2", 40: "4", 60: "6", 80: "8", 99: "10"}


def test_all_numbers_stand_between_the_ends() -> None:
    axis = Axis.of([3.0, -1.0, 2.0])
    assert axis.low < -1
    assert axis.high > 3
    assert not axis.is_logarithmic


def test_doses_stand_on_a_logarithmic_axis() -> None:
    axis = Axis.of([0.01, 0.1, 1.0, 10.0], may_be_logarithmic=True)
    assert axis.is_logarithmic
    assert [*axis.ticks(4, 40).values()] == ["0.01", "0.1", "1", "10"]
    assert math.isnan(axis.place(0))
    assert axis.place(100) == 2


@pytest.mark.parametrize("numbers", [[1.0, 2.0, 3.0], [0.0, 0.1, 10.0], [1.0, 90.0, 100.0]])
def test_other_numbers_do_not(numbers: list[float]) -> None:
    assert not Axis.of(numbers, may_be_logarithmic=True).is_logarithmic


@pytest.mark.parametrize(("numbers", "can_be"), [([5.0], True), ([-1e308, 1e308], False)])
def test_what_float64_does_not_hold_is_not_drawn(numbers: list[float], can_be: bool) -> None:
    assert Axis.of(numbers).can_be_drawn is can_be

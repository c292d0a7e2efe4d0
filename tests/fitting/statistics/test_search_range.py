"""Where x is looked for."""

import torch

from app.fitting.statistics.search_range import SearchRange


def of(*x: float, wanted: list[float] | None = None) -> SearchRange:
    return SearchRange.of(torch.tensor(x, dtype=torch.float64), wanted)


def test_the_range_is_that_of_the_data_unless_another_is_wanted() -> None:
    own, given = of(3, 1, 2), of(3, 1, 2, wanted=[0, 9])
    assert (own.low, own.high, own.is_given) == (1, 3, False)
    assert (given.low, given.high, given.data_low, given.data_high, given.is_given) == (0, 9, 1, 3, True)
    assert given.within(torch.tensor([-1.0, 0.0, 9.0, 9.1])).tolist() == [False, True, True, False]


def test_what_lies_beyond_the_data_is_extrapolated_but_not_what_rounding_puts_there() -> None:
    search = of(1, 3)
    assert [search.extrapolates(x) for x in (0.9, 1 - 1e-15, 2, 3, 4)] == [True, False, False, False, True]


def test_the_grid_has_points_between_any_two_x_and_far_beyond() -> None:
    grid = of(0, 1e-6, 1, 1000).grid
    assert ((grid > 0) & (grid < 1e-6)).sum() >= 8
    assert grid[0] < -1000
    assert grid[-1] > 1e5
    assert bool((grid[1:] > grid[:-1]).all())


def test_where_all_x_have_one_sign_the_grid_comes_close_to_0() -> None:
    assert of(0.1, 1).grid.abs().min() == 0
    assert ((of(-1, -0.1).grid < 0) & (of(-1, -0.1).grid > -1e-10)).any()


def test_one_x_and_very_many_make_a_grid_too() -> None:
    assert len(of(5.0).grid) > 100
    assert len(SearchRange.of(torch.linspace(0, 1, 100_000, dtype=torch.float64)).grid) < 50_000

"""Points for pictures: as many as can be seen, with the extremes among them."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.problems.data import Data
from app.jobs.views.points import Points, grid, listed

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300)


def points_of(x: list[float], y: list[float], factor: list[float] | None = None) -> Points:
    column = torch.tensor(x, dtype=torch.float64)
    weights = None if factor is None else torch.tensor(factor, dtype=torch.float64)
    return Points.of(Data({"x": column}, torch.tensor(y, dtype=torch.float64), weights), column, None)


def test_points_come_in_ascending_order_of_x() -> None:
    assert points_of([3, 1, 2], [30, 10, 20]).to_json(False)["y"] == [10, 20, 30]


@given(NUMBERS, st.integers(10, 50))
def test_thinned_points_are_few_and_keep_the_extremes(y: list[float], most: int) -> None:
    shown = points_of([float(place) for place in range(len(y))], y).thinned(most).to_json(False)
    assert len(shown["y"]) <= most
    assert (min(shown["y"]), max(shown["y"])) == (min(y), max(y))
    assert shown["x"] == sorted(shown["x"])
    assert all(y[int(x)] == height for x, height in zip(shown["x"], shown["y"], strict=True))


def test_with_a_model_the_points_that_lie_furthest_from_it_stay() -> None:
    x = torch.arange(1000, dtype=torch.float64)
    y = 5 * x
    y[501] += 1
    shown = Points.of(Data({"x": x}, y, None), x, 5 * x).thinned(20)
    assert 501 in shown.x


def test_only_points_of_the_view_are_left() -> None:
    assert points_of([1, 2, 3, 4], [0, 0, 0, 0]).between(2, 3).x.tolist() == [2, 3]
    assert points_of([1, 2], [0, 0]).between(5, 9).x.tolist() == []


def test_factors_are_told_as_standard_deviations_or_as_what_counts() -> None:
    points = points_of([1, 2], [0, 0], [0.5, 0.0])
    assert points.to_json(has_sigma=False)["counts"] == [True, False]
    assert points_of([1, 2], [0, 0], [0.5, 2.0]).to_json(has_sigma=True)["sigma"] == [2.0, 0.5]


def test_between_points_a_standard_deviation_follows_a_straight_line() -> None:
    points = points_of([1, 2, 3], [0, 0, 0], [1.0, 0.0, 0.5])
    sigma = points.sigma_at(torch.tensor([0.0, 1.0, 2.0, 9.0], dtype=torch.float64))
    assert sigma is not None
    assert sigma.tolist() == [1.0, 1.0, 1.5, 2.0]


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_a_grid_ascends_from_end_to_end(lower: float, width: float) -> None:
    at = grid(lower, lower + width, 100)
    assert at[0] == lower
    assert at[-1] == lower + width
    assert bool((at.diff() > 0).all())


def test_ends_of_a_grid_may_be_further_apart_than_a_number_can_be() -> None:
    at = grid(-1.7e308, 1.7e308, 100)
    assert (at[0].item(), at[-1].item()) == (-1.7e308, 1.7e308)
    assert bool(at.isfinite().all())


def test_a_wide_grid_is_fine_near_its_lower_end() -> None:
    assert int((grid(0.001, 1000, 100) < 1).sum()) >= 25


def test_what_is_not_finite_is_null() -> None:
    assert listed(torch.tensor([1.0, float("nan"), float("inf")])) == [1.0, None, None]

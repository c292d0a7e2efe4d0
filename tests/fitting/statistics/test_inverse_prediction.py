"""Inverse prediction agrees with what was published, and says where there is nothing to find."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.statistics import statistics
from app.fitting.statistics.bands import Uncertainty
from app.fitting.statistics.distributions import two_sided
from app.fitting.statistics.inverse_prediction import Interval, Inverted, Solution, invert
from app.fitting.statistics.search_range import SearchRange
from app.fitting.statistics.section import Section
from app.fitting.statistics.unknowns import Unknowns
from app.fitting.training import start, train
from tests.helpers.published_calibrations import (
    ARSENIC,
    CRYSTAL,
    LOG_LOGISTIC,
    LOG_LOGISTIC_START,
    MASSART,
    MASSART_MEANS,
    NASTURTIUM,
)

LINE = "a + b * x"
SIX_DIGITS = 5e-7


def tensor(numbers: Any) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def fitted(
    data: dict[str, Any], model: str = LINE, begin: dict[str, float] | None = None
) -> tuple[Section, SearchRange]:
    formula = parse(model)
    parameters = Parameters(formula.parameters)
    first = tensor([(begin or {}).get(name, 1.0) for name in formula.parameters])
    factor = tensor(data["weights"]).sqrt() if "weights" in data else None
    problem = Problem(formula, Data({"x": tensor(data["x"])}, tensor(data["y"]), factor), parameters, first)
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(problem, optimizer, start(problem, optimizer, problem.start), 500, 1.0)
    found = statistics(problem, last.checkpoint.parameters)
    known = Uncertainty(found.var_names, tensor(found.covar), found.response_variance, found.nfree)
    return Section(formula, parameters, last.checkpoint.parameters, "x", known), SearchRange.of(tensor(data["x"]))


def exact(
    model: str, x: list[float], wanted: list[float] | None = None, **values: float
) -> tuple[Section, SearchRange]:
    formula = parse(model)
    free = tensor([values[name] for name in formula.parameters])
    return Section(formula, Parameters(formula.parameters), free, "x"), SearchRange.of(tensor(x), wanted)


def unknowns(section: Section, *replicates: list[float], level: float = 0.95, sigma: float = 1.0) -> Unknowns:
    assert section.known is not None
    counts = tensor([float(len(some)) for some in replicates])
    deviations = torch.full_like(counts, sigma)
    return Unknowns.measured([tensor(some) for some in replicates], counts, deviations, section.known, level)


def plain(*y: float) -> Unknowns:
    return Unknowns.known_exactly(tensor(y), None, 0.95)


def only(inverted: Inverted) -> Solution:
    ((solution,),) = inverted.solutions
    return solution


def half_width(solution: Solution) -> float:
    assert solution.upper is not None
    assert solution.lower is not None
    return (solution.upper - solution.lower) / 2


def test_fiellers_limits_are_those_of_investr_for_arsenic() -> None:
    """calibrate(measured ~ actual, y0 = 3, level = 0.9) of investr: 2.9314, 2.6035 to 3.2587."""
    section, search = fitted(ARSENIC)
    found = only(invert(section, search, unknowns(section, [3.0], level=0.9), Interval.FIELLER))
    assert (found.x, found.lower, found.upper) == pytest.approx((2.9314, 2.6035, 3.2587), abs=5e-5)


def test_walds_limits_are_those_of_investr_for_arsenic() -> None:
    section, search = fitted(ARSENIC)
    found = only(invert(section, search, unknowns(section, [3.0], level=0.9), Interval.DELTA))
    assert (found.stderr, found.lower, found.upper) == pytest.approx((0.1929, 2.6040, 3.2589), abs=5e-5)


def test_limits_of_a_mean_response_are_those_of_investr_for_crystals() -> None:
    section, search = fitted(CRYSTAL)
    mean = Unknowns.known_exactly(tensor([8.0]), section.known, 0.95)
    found = only(invert(section, search, mean, Interval.FIELLER))
    assert (found.x, found.lower, found.upper) == pytest.approx((15.8882, 14.6590, 17.1596), abs=5e-5)
    at_five = only(invert(section, search, unknowns(section, [5.0]), Interval.DELTA))
    assert at_five.stderr == pytest.approx(2.211698, rel=1e-4)


def test_the_log_logistic_curve_of_nasturtium_has_the_limits_of_investr() -> None:
    """invest(y0 = c(309, 296, 419)) of investr: 2.2639, 1.7722 to 2.9694; by Wald 1.6889 to 2.8388, se 0.2847019.

    It takes t with n + m - p - 1 degrees of freedom, also where the replicates add nothing to the variance.
    """
    section, search = fitted(NASTURTIUM, LOG_LOGISTIC, LOG_LOGISTIC_START)
    asked = unknowns(section, [309.0, 296.0, 419.0])
    asked = Unknowns(asked.y, asked.share, asked.inflation, tensor([two_sided(0.95, 42 + 3 - 3 - 1)]))
    found = only(invert(section, search, asked, Interval.INVERSION))
    assert (found.x, found.lower, found.upper) == pytest.approx((2.2639, 1.7722, 2.9694), abs=5e-5)
    wald = only(invert(section, search, asked, Interval.DELTA))
    assert wald.stderr == pytest.approx(0.2847019, rel=2e-6)
    assert (wald.lower, wald.upper) == pytest.approx((1.6889, 2.8388), abs=5e-5)


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([15.0], (6.09381, 1.767278, 4.906751)),
        ([90.0], (43.93983, 1.767747, 4.908053)),
        ([90.0] * 5, (43.93983, 1.141204, 3.168489)),
    ],
)
def test_standard_errors_are_those_of_chemcal(y: list[float], expected: tuple[float, float, float]) -> None:
    section, search = fitted(MASSART)
    found = only(invert(section, search, unknowns(section, y), Interval.DELTA))
    assert (found.x, found.stderr, half_width(found)) == pytest.approx(expected, rel=SIX_DIGITS)


@pytest.mark.parametrize(
    ("y", "weight", "expected"),
    [(15.0, 1.67, (5.865367, 0.8926109, 2.478285)), (90.0, 0.145, (44.06025, 2.829162, 7.855012))],
)
def test_weighted_standard_errors_are_those_of_chemcal(
    y: float, weight: float, expected: tuple[float, float, float]
) -> None:
    section, search = fitted(MASSART_MEANS)
    asked = unknowns(section, [y], sigma=weight**-0.5)
    found = only(invert(section, search, asked, Interval.DELTA))
    assert (found.x, found.stderr, half_width(found)) == pytest.approx(expected, rel=SIX_DIGITS)


@settings(max_examples=25)
@given(
    y=st.lists(st.floats(-3, 3), min_size=5, max_size=5).filter(lambda y: max(y) - min(y) > 0.1),
    new=st.floats(-5, 5),
)
def test_for_a_straight_line_inversion_finds_what_fieller_has_in_closed_form(y: list[float], new: float) -> None:
    section, search = fitted({"x": [0, 1, 2, 3, 4], "y": [value + 2 * x for x, value in enumerate(y)]})
    asked = unknowns(section, [new])
    (closed,), (searched,) = (
        invert(section, search, asked, kind).solutions[0] for kind in (Interval.FIELLER, Interval.INVERSION)
    )
    for exactly, found in ((closed.lower, searched.lower), (closed.upper, searched.upper)):
        if exactly is not None and found is not None:
            assert found == pytest.approx(exactly, rel=1e-6, abs=1e-6)
        else:
            # Far from the data, where nobody looks, or where the interval is no single one.
            assert exactly is None or abs(exactly) > 100


def test_a_line_without_a_slope_excludes_only_what_lies_between() -> None:
    section, search = fitted({"x": [0, 1, 2, 3], "y": [1.0, 1.3, 0.8, 1.2]})
    assert section.known is not None
    found = only(invert(section, search, Unknowns.known_exactly(tensor([9.0]), section.known, 0.95), Interval.FIELLER))
    assert (found.lower, found.upper) == (None, None)
    assert found.excluded is not None
    assert found.excluded[0] < 1.5 < found.excluded[1]


def test_where_a_standard_curve_is_flat_there_is_a_limit_on_one_side_only() -> None:
    section, search = fitted(NASTURTIUM, LOG_LOGISTIC, LOG_LOGISTIC_START)
    low, steep, high = invert(
        section, search, unknowns(section, [880.0], [600.0], [100.0]), Interval.INVERSION
    ).solutions
    assert low[0].lower is None
    assert low[0].upper == pytest.approx(0.4372, abs=1e-4)
    assert steep[0].lower is not None
    assert steep[0].upper is not None
    assert high[0].lower is not None
    assert high[0].upper is None


def test_what_the_model_does_not_reach_has_no_x() -> None:
    section, search = fitted(NASTURTIUM, LOG_LOGISTIC, LOG_LOGISTIC_START)
    inverted = invert(section, search, unknowns(section, [950.0]), Interval.INVERSION)
    assert inverted.solutions == [[]]
    assert inverted.reach == pytest.approx((198.797, 897.863), abs=1e-3)
    assert inverted.reach_beyond == pytest.approx((0, 897.863), abs=1e-1)


def test_every_x_of_a_model_that_rises_and_falls_is_found() -> None:
    section, search = exact("sin(x)", [0.0, 1.0, 5.0, 20.0])
    (found,) = invert(section, search, plain(0.5), Interval.INVERSION).solutions
    expected = [angle + turn for turn in (0, 2 * math.pi, 4 * math.pi) for angle in (math.pi / 6, 5 * math.pi / 6)]
    assert [solution.x for solution in found] == pytest.approx([*expected, math.pi / 6 + 6 * math.pi])


def test_two_x_close_together_and_one_that_is_only_touched_are_found() -> None:
    section, search = exact("(x - 1)^2", [0.0, 3.7])
    close, touched = invert(section, search, plain(1e-12, 0.0), Interval.INVERSION).solutions
    assert [solution.x for solution in close] == pytest.approx([1 - 1e-6, 1 + 1e-6], abs=1e-9)
    assert [solution.x for solution in touched] == pytest.approx([1], abs=1e-7)


def test_no_x_is_found_at_a_pole_or_a_jump() -> None:
    pole, search = exact("1 / (x - 1)", [0.0, 3.0], [0.0, 3.0])
    assert invert(pole, search, plain(0.1), Interval.INVERSION).solutions == [[]]
    jump, search = exact("heaviside(x - 1)", [0.0, 3.0])
    assert invert(jump, search, plain(0.4), Interval.INVERSION).solutions == [[]]


def test_what_a_pole_or_a_gap_cuts_off_is_not_looked_at_unless_a_range_is_given() -> None:
    """x / (1 + x) is 2 at -2 only, and 1 / (1 + x)^2 is 0.01 at -11 too: both beyond a pole."""
    section, search = exact("x / (1 + x)", [1.0, 5.0])
    assert invert(section, search, plain(2.0), Interval.INVERSION).solutions == [[]]
    even, search = exact("1 / (1 + x)^2", [1.0, 5.0])
    (found,) = invert(even, search, plain(0.01), Interval.INVERSION).solutions
    assert [solution.x for solution in found] == pytest.approx([9])
    section, search = exact("x / (1 + x)", [1.0, 5.0], [-9.0, 5.0])
    assert only(invert(section, search, plain(2.0), Interval.INVERSION)).x == pytest.approx(-2)


def test_beyond_the_data_the_nearest_x_on_each_side_is_taken_unless_a_range_is_given() -> None:
    section, search = exact("x^2", [-1.0, 1.0])
    (found,) = invert(section, search, plain(25.0), Interval.INVERSION).solutions
    assert [solution.x for solution in found] == pytest.approx([-5, 5])
    assert all(search.extrapolates(solution.x) for solution in found)
    section, search = exact("x^2", [-1.0, 1.0], [0.0, 4.0])
    assert invert(section, search, plain(25.0), Interval.INVERSION).solutions == [[]]


def test_a_dose_of_many_decades_is_found_to_the_last_digit() -> None:
    section, search = exact("x / (c + x)", [0.0, 1e-9, 1e3], c=3e-5)
    found = only(invert(section, search, plain(0.2), Interval.INVERSION))
    assert found.x == pytest.approx(0.25 * 3e-5, rel=1e-14)


def test_counts_scatter_as_much_as_they_are() -> None:
    known = Uncertainty(["b"], tensor([[0.0]]), None, None)
    formula = parse("b * x")
    section = Section(formula, Parameters(formula.parameters), tensor([10.0]), "x", known)
    search = SearchRange.of(tensor([0.0, 100.0]))
    found = only(invert(section, search, unknowns(section, [400.0]), Interval.INVERSION))
    # |400 - 10 x| = z sqrt(10 x)
    for end in (found.lower, found.upper):
        assert end is not None
        assert abs(400 - 10 * end) == pytest.approx(1.959963984540054 * math.sqrt(10 * end), rel=1e-9)
    assert found.stderr == pytest.approx(2.0)


def test_without_an_uncertainty_there_is_x_alone() -> None:
    section, search = exact("2 * x", [0.0, 1.0])
    assert only(invert(section, search, plain(1.0), Interval.INVERSION)) == Solution(0.5)


def test_fiellers_limits_of_what_is_no_straight_line_are_refused() -> None:
    section, search = fitted(NASTURTIUM, LOG_LOGISTIC, LOG_LOGISTIC_START)
    with pytest.raises(ValueError, match="straight line"):
        invert(section, search, unknowns(section, [300.0]), Interval.FIELLER)

"""What machine code makes of a curve depends on the curve alone, to the last bit, and is what torch makes of it."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from app.fitting.curves import CurveProblem, CurveResults, fit_curves
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import REFINES, Refining, begin_refinement, refine_many
from app.fitting.problems.losses import LOSSES
from app.fitting.problems.problem import Problem
from app.fitting.programs.curves import SolutionOfCurves
from tests.helpers.programs import SOLVER, beside_each_other, everything, is_close, tried, tried_by_torch
from tests.helpers.work import answer, rests_and_answer

PRECISION = {torch.float64: 1e-9, torch.float32: 2e-3}
KINDS = [(torch.float64, True), (torch.float64, False), (torch.float32, False)]
"""Number format, and whether a fit has nothing beside free parameters, or everything."""
OPTIMIZERS: dict[str, Optimizer] = {
    "descent": make_optimizer("gradient_descent", learning_rate=0.01, momentum=0.5),
    "adam": make_optimizer("adam", learning_rate=0.01),
    "levenberg_marquardt": SOLVER,
}
AT_ONCE = 3600.0
LENGTHS = (19, 17, 3, 19, 6)
"""Numbers of points of curves beside each other: in company of a longer one, a curve is padded."""


def curve(number: int, loss: str, dtype: torch.dtype, plain: bool, lengths: Sequence[int]) -> Problem:
    points = lengths[number % len(lengths)]
    return everything(loss, dtype, plain=plain, points=points, seed=100 * number)


def trained(problem: CurveProblem, optimizer: Optimizer, chunk_seconds: float = AT_ONCE) -> CurveResults:
    return answer(fit_curves(problem, optimizer, 20, chunk_seconds))


def of_curve(results: CurveResults, place: int) -> list[Tensor]:
    """Return all that a fit says of a curve."""
    begin, end = results.offsets[place : place + 2].tolist()
    numbers = [*results.coefficients.values(), *results.stderr.values(), results.final_loss, results.steps]
    reason = torch.tensor([*results.reasons[place].encode()])
    return [*(number[place] for number in numbers), results.losses[begin:end], reason]


def assert_same_bits(results: CurveResults, place: int, others: CurveResults, other_place: int) -> None:
    pairs = zip(of_curve(results, place), of_curve(others, other_place), strict=True)
    for number, other in pairs:
        assert torch.equal(number.nan_to_num(7.25), other.nan_to_num(7.25))


@pytest.mark.parametrize(("dtype", "plain"), KINDS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_machine_code(loss: str, dtype: torch.dtype, plain: bool) -> None:
    # Curves of fewer points than parameters have no update that rounding leaves as it is.
    curves = beside_each_other([curve(number, loss, dtype, plain, (19, 17, 9)) for number in range(5)])
    expected = tried_by_torch(curves, curves.start)
    for part, right in zip(tried(curves, curves.start), expected, strict=True):
        assert is_close(part, right, PRECISION[dtype])


def test_a_refinement_is_that_of_torch() -> None:
    curves = beside_each_other([everything(plain=True, seed=100 * number) for number in range(5)])
    program = SolutionOfCurves.of(curves, SOLVER)
    assert program is not None
    minima = answer(program.tried(100, 400, AT_ONCE)).state.parameters
    state = begin_refinement(minima, curves.loss(minima))
    while bool((state.ended == REFINES).any()):
        state = refine_many(curves, state)
    refined: Refining = answer(program.refined(minima, torch.ones(5, dtype=torch.bool), AT_ONCE))
    assert is_close(refined.parameters, state.parameters, 1e-12)
    assert refined.full_rank.bool().equal(state.full_rank)
    assert refined.at_minimum.bool().equal(state.at_minimum)


def test_what_is_not_to_be_refined_stays() -> None:
    curves = beside_each_other([everything(seed=100 * number) for number in range(3)])
    program = SolutionOfCurves.of(curves, SOLVER)
    assert program is not None
    wanted = torch.tensor([True, False, True])
    refined: Refining = answer(program.refined(curves.start, wanted, AT_ONCE))
    assert refined.parameters[:, 1].equal(curves.start[:, 1])
    assert refined.rounds.tolist()[1] == 0


@pytest.mark.parametrize(
    ("loss", "dtype"), [("squares", torch.float64), ("huber", torch.float32), ("poisson", torch.float64)]
)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_curve_has_the_same_bits_in_any_company(name: str, loss: str, dtype: torch.dtype) -> None:
    plain = name == "adam"
    fits = [curve(number, loss, dtype, plain, LENGTHS) for number in range(20)]
    whole = trained(beside_each_other(fits), OPTIMIZERS[name])
    assert whole.by_program
    # Fewer than a vector has lanes, as many, more; permuted; among longer and shorter ones and among its like.
    for company in ([0], [4, 2, 1], [*range(7, 15)], [*range(9)], [*range(19, -1, -1)]):
        some = trained(beside_each_other([fits[number] for number in company]), OPTIMIZERS[name])
        for place, number in enumerate(company):
            assert_same_bits(some, place, whole, number)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_curve_has_the_same_bits_in_blocks_and_slices_of_any_size(name: str) -> None:
    fits = [curve(number, "squares", torch.float64, False, LENGTHS) for number in range(20)]
    problem = beside_each_other(fits)
    whole = trained(problem, OPTIMIZERS[name])
    for seconds, block in ((0.0, 20), (AT_ONCE, 6), (0.0, 7), (2e-6, 20)):
        for first in range(0, 20, block):
            numbers = torch.arange(first, min(first + block, 20))
            rests, some = rests_and_answer(fit_curves(problem.take(numbers), OPTIMIZERS[name], 20, seconds))
            assert seconds or rests > 20
            for place, number in enumerate(numbers.tolist()):
                assert_same_bits(some, place, whole, number)


companies = st.lists(st.integers(0, 11), min_size=1, max_size=11)


@settings(deadline=None, max_examples=15, derandomize=True)
@given(companies, companies, st.sampled_from([0.0, 1e-5, AT_ONCE]))
def test_whatever_the_neighbours_and_the_pace_a_curve_is_the_same(
    company: list[int], other: list[int], seconds: float
) -> None:
    fits = [curve(number, "soft_l1", torch.float64, False, LENGTHS) for number in range(12)]
    one, two = (
        trained(beside_each_other([fits[number] for number in numbers]), SOLVER, pace)
        for numbers, pace in ((company, AT_ONCE), ([*other, company[0]], seconds))
    )
    assert_same_bits(one, 0, two, len(other))


def test_one_curve_is_a_fit_of_curves_too() -> None:
    problem = beside_each_other([everything(seed=5)])
    expected = tried_by_torch(problem, problem.start)
    for part, right in zip(tried(problem, problem.start), expected, strict=True):
        assert is_close(part, right)
    assert trained(problem, SOLVER).reasons == ["converged"]


def test_thresholds_are_those_of_each_curve() -> None:
    fits = [everything("huber", seed=100 * number) for number in range(3)]
    thresholds = torch.tensor([0.01, 0.1, 10.0], dtype=torch.float64)
    curves = beside_each_other(fits, thresholds=thresholds)
    expected = tried_by_torch(curves, curves.start)
    for part, right in zip(tried(curves, curves.start), expected, strict=True):
        assert is_close(part, right)

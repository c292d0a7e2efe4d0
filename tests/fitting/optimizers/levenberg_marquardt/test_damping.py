"""A damped trial is one computation, whatever the numbers are."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.numerics.small_systems import identities, normal_equations, solve_definite, solve_triangles, triangles
from app.fitting.optimizers.levenberg_marquardt.damping import Damped, begin
from app.fitting.problems.curve_problem import CurveProblem
from tests.helpers.curves import SOLVER, plate


def cubics(curves: int) -> CurveProblem:
    formula = parse("a + b*P3(c*x)")
    x = torch.linspace(-1, 1, 9, dtype=torch.float64)[:, None]
    y = torch.sin(3 * x) + 0.1 * torch.arange(curves)
    parameters, begun = Parameters(formula.parameters), torch.ones(3, curves, dtype=torch.float64)
    return CurveProblem(formula, {"x": x}, y, None, torch.full((curves,), 9), parameters, begun)


def test_a_trial_can_be_traced() -> None:
    problem = cubics(5)

    def flat(*parts: Tensor) -> tuple[Tensor, ...]:
        return tuple(SOLVER.trial(problem, Damped(*parts)))

    state = first = SOLVER.trial(problem, begin(problem.start, 10))
    traced = make_fx(flat)(*state)
    for _ in range(9):
        following = SOLVER.trial(problem, state)
        for part, expected in zip(traced(*state), following, strict=True):
            torch.testing.assert_close(part, expected, rtol=0, atol=0)
        state = following
    assert bool((state.loss < first.loss).all())


def test_the_first_trial_only_finds_out_where_it_is() -> None:
    problem = plate(3)
    state = SOLVER.trial(problem, begin(problem.start, 10))
    assert state.parameters.equal(problem.start)
    torch.testing.assert_close(state.loss, problem.loss(problem.start))
    assert state.steps.tolist() == [0, 0, 0]


def test_a_curve_without_a_number_leaves_the_others_alone() -> None:
    problem = plate(4)
    broken = problem.y.clone()
    broken[2, 1] = torch.nan
    broken = replace(problem, y=broken)
    state, expected = begin(broken.start, 100), begin(problem.start, 100)
    for _ in range(10):
        state, expected = SOLVER.trial(broken, state), SOLVER.trial(problem, expected)
    others = torch.tensor([0, 2, 3])
    assert state.parameters[:, others].equal(expected.parameters[:, others])
    assert state.parameters[:, 1].equal(problem.start[:, 1])


def test_a_curve_with_all_its_steps_done_stays() -> None:
    problem = plate(3)
    state = begin(problem.start, 100)._replace(most_steps=torch.tensor([1, 100, 100]))
    for _ in range(7):
        state = SOLVER.trial(problem, state)
    assert state.steps[0] == 1
    assert bool((state.steps[1:] > 1).all())


def test_small_systems_are_solved() -> None:
    jacobian = torch.randn(12, 4, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    residual = jacobian[:, 0] + 1
    gram, gradient = normal_equations(jacobian, residual)
    extra = torch.rand(4, 7, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    solution = solve_definite(gram, extra, gradient)
    for curve in range(7):
        matrix = jacobian[:, :, curve].T @ jacobian[:, :, curve] + extra[:, curve].diag()
        torch.testing.assert_close(matrix @ solution[:, curve], jacobian[:, :, curve].T @ residual[:, curve])


def test_systems_of_one_fit_are_solved_as_those_of_many_curves() -> None:
    jacobian = torch.randn(12, 4, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    residual, extra = jacobian[:, 0] + 1, torch.tensor([0.5, 1.0, 2.0, 0.1], dtype=torch.float64)[:, None].repeat(1, 3)
    moving = torch.tensor([True, False, True, True])[:, None].repeat(1, 3)
    gram, gradient = normal_equations(jacobian, residual)
    update, triangle = solve_definite(gram, extra, gradient), triangles(jacobian, moving)
    solution = solve_triangles(triangle, identities(triangle))
    for curve in range(3):
        one = normal_equations(jacobian[:, :, curve], residual[:, curve])
        torch.testing.assert_close(one, (gram[:, :, curve], gradient[:, curve]))
        torch.testing.assert_close(solve_definite(one[0], extra[:, curve], one[1]), update[:, curve])
        alone = triangles(jacobian[:, :, curve], moving[:, curve])
        torch.testing.assert_close(alone.T @ alone, triangle[:, :, curve].T @ triangle[:, :, curve])
        inverse = solve_triangles(alone, identities(alone))
        torch.testing.assert_close(inverse @ inverse.T, solution[:, :, curve] @ solution[:, :, curve].T)


def test_a_system_that_is_not_definite_has_no_solution() -> None:
    matrix, none = torch.tensor([[1.0, 2.0], [2.0, 1.0]], dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    assert bool(solve_definite(matrix, none, none + 1).isnan().all())


def test_what_is_held_does_not_touch_the_triangle_of_the_others() -> None:
    jacobian = torch.randn(12, 3, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    triangle = triangles(jacobian, torch.tensor([[True], [False], [True]]))[:, :, 0]
    others = jacobian[:, [0, 2], 0]
    gram = triangle.T @ triangle
    torch.testing.assert_close(gram[[0, 2]][:, [0, 2]], others.T @ others)
    assert gram[1].tolist() == [0, 1, 0]

"""Steps of elementwise optimizers by machine code are those of torch, of one fit and of many curves."""

import dataclasses
import math

import pytest
import torch

from app.fitting.curves.compression import compressed_curves
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import compressed
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import LOSSES
from app.fitting.problems.objective import Objective
from app.fitting.problems.problem import Problem
from app.fitting.programs.descent import Descent
from app.fitting.training import Checkpoint, Chunk, StepByStep, start, train
from tests.helpers.programs import beside_each_other, descended, everything, fit, is_close

ADAM = make_optimizer("adam", learning_rate=0.01)
DESCENT = make_optimizer("gradient_descent", learning_rate=0.01)
OPTIMIZERS = [
    DESCENT,
    ADAM,
    make_optimizer("gradient_descent", learning_rate=0.01, momentum=0.9),
    make_optimizer("gradient_descent", learning_rate=0.01, momentum=0.9, nesterov=True),
    make_optimizer("adam", learning_rate=0.01, beta1=0.0),
    make_optimizer("adam", learning_rate=0.01, beta2=0.0),
]
PRECISION = {torch.float64: 1e-12, torch.float32: 1e-6}
KINDS = [(torch.float64, True), (torch.float64, False), (torch.float32, False)]
"""Number format, and whether a fit has nothing beside free parameters, or everything."""
LINE = {"a": 1.3, "b": 0.7}
CUBIC = "a + b*P3(c + d*x)"
CUBIC_START = {"a": 0.1, "b": -1.0, "c": 0.1, "d": 0.3}


def descent_of(objective: Objective, optimizer: Optimizer) -> Descent:
    program = Descent.of(objective, optimizer)
    assert program is not None
    return program


def assert_a_step_is_that_of_torch(
    objective: Problem | CurveProblem | CompressedCurves, optimizer: Optimizer, precision: float
) -> None:
    begin = objective.start
    expected = optimizer.step(objective, begin, optimizer.init(begin)).parameters
    assert not torch.equal(expected, begin)
    assert is_close(descended(objective, optimizer, begin), expected, precision)


@pytest.mark.parametrize(("dtype", "plain"), KINDS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_machine_code_for_one_fit(loss: str, dtype: torch.dtype, plain: bool) -> None:
    assert_a_step_is_that_of_torch(everything(loss, dtype, plain=plain), ADAM, PRECISION[dtype])


@pytest.mark.parametrize(("dtype", "plain"), KINDS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_machine_code_for_many_curves(loss: str, dtype: torch.dtype, plain: bool) -> None:
    lengths = (19, 17, 3, 19, 1)
    fits = [everything(loss, dtype, plain=plain, points=n, seed=100 * k) for k, n in enumerate(lengths)]
    assert_a_step_is_that_of_torch(beside_each_other(fits), ADAM, PRECISION[dtype])


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_many_steps_of_one_fit_have_the_history_of_torchs(optimizer: Optimizer) -> None:
    problem = everything()
    program, peer = descent_of(problem, optimizer), StepByStep(problem, optimizer)
    begin = problem.start, optimizer.init(problem.start)
    parameters, state, losses = program.run(*begin, 50)
    expected, expected_state, expected_losses = peer.run(*begin, 50)
    assert is_close(parameters, expected)
    assert is_close(losses, expected_losses)
    assert state.keys() == expected_state.keys()
    for name, part in state.items():
        assert is_close(part, expected_state[name])
    assert program.loss(problem.start) == pytest.approx(peer.loss(problem.start), rel=1e-14)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_many_steps_of_many_curves_have_the_histories_of_torchs(optimizer: Optimizer) -> None:
    curves = beside_each_other([everything(seed=100 * k) for k in range(5)])
    program = descent_of(curves, optimizer)
    states = program.states(curves.start, optimizer.init(curves.start))
    losses = torch.empty(5, 20, dtype=torch.float64)
    program.advance(states, losses, 0, 20)
    parameters, _, expected = StepByStep(curves, optimizer).run(curves.start, optimizer.init(curves.start), 20)
    assert is_close(states[0], parameters)
    assert is_close(losses.T, expected)


def test_a_polynomial_model_is_trained_over_its_nodes() -> None:
    few = compressed(fit(CUBIC, CUBIC_START, points=40))
    assert few is not None
    expected = DESCENT.step(few, few.problem.start, {}).parameters
    assert is_close(descended(few, DESCENT, few.problem.start), expected)


@pytest.mark.parametrize("shared", [True, False])
def test_curves_of_a_polynomial_model_are_trained_over_their_nodes(shared: bool) -> None:
    fits = [fit(CUBIC, CUBIC_START, points=40, seed=100 * k) for k in range(3)]
    few = compressed_curves(beside_each_other(fits, shared=shared))
    assert few is not None
    assert (few.matrix.shape[-1] == 1) == shared
    assert_a_step_is_that_of_torch(few, DESCENT, 1e-9)


def test_variables_and_weights_that_curves_share_count_for_each() -> None:
    fits = [everything(seed=100 * k) for k in range(5)]
    assert_a_step_is_that_of_torch(beside_each_other(fits, shared=True), ADAM, 1e-12)


def test_points_of_weight_0_pull_at_nothing() -> None:
    problem = everything()
    factor = problem.data.factor
    assert factor is not None
    factor[::2] = 0
    assert_a_step_is_that_of_torch(problem, DESCENT, 1e-12)
    some = dataclasses.replace(
        problem,
        data=dataclasses.replace(
            problem.data,
            variables={"x": problem.data.variables["x"][1::2]},
            y=problem.data.y[1::2],
            factor=factor[1::2],
        ),
    )
    assert is_close(descended(problem, DESCENT, problem.start), descended(some, DESCENT, problem.start), 1e-12)


def test_counts_may_all_be_0() -> None:
    problem = fit("a*exp(-b*x)", LINE, loss="poisson")
    problem.data.y.zero_()
    assert_a_step_is_that_of_torch(problem, DESCENT, 1e-12)


def test_a_count_of_0_where_the_model_is_0_is_nothing() -> None:
    problem = fit("a*x + b*0", LINE, loss="poisson")
    problem.data.y.zero_()
    assert descent_of(problem, DESCENT).loss(torch.zeros(2, dtype=torch.float64)) == 0


def test_parameters_between_two_equal_bounds_stay() -> None:
    problem = fit("a*x + b", LINE, lower=LINE, upper=LINE)
    assert descended(problem, DESCENT, problem.start).equal(problem.start)


def test_a_model_without_variables_has_machine_code() -> None:
    assert_a_step_is_that_of_torch(fit("a + b*b", LINE), DESCENT, 1e-12)
    assert_a_step_is_that_of_torch(beside_each_other([fit("a + b*b", LINE, seed=k) for k in (0, 9)]), DESCENT, 1e-12)


def test_variables_that_a_model_does_not_use_do_not_matter() -> None:
    problem = fit("a*exp(-b*v)", LINE, variables=("u", "v", "w"))
    assert_a_step_is_that_of_torch(problem, DESCENT, 1e-12)


def test_a_parameter_that_the_model_does_not_depend_on_stays() -> None:
    problem = fit("a*x + 0*b", LINE)
    assert descended(problem, ADAM, problem.start)[1] == problem.start[1]


def test_nothing_to_fit_changes_nothing() -> None:
    problem = fit("a*x", {}, fixed={"a": 2.0})
    for optimizer in OPTIMIZERS:
        parameters, _, losses = descent_of(problem, optimizer).run(problem.start, optimizer.init(problem.start), 3)
        assert parameters.shape == (0,)
        assert losses.tolist() == pytest.approx([problem.loss(problem.start).item()] * 3)


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("n0*exp(-p1*x0) + 2.5*p0*x0 + 0.5", "x0"),
        ("x0*exp(-n0*p0) + 2.5*x1*p0", "p0"),
        ("p1*p0 + x0*n0*3 + x1**2", "n0"),
    ],
)
def test_names_like_those_of_templates_mean_what_they_mean_in_the_formula(text: str, variable: str) -> None:
    names = [name for name in ("n0", "p0", "p1", "x0", "x1") if name in text and name != variable]
    problem = fit(text, {name: 0.3 + 0.2 * k for k, name in enumerate(names)}, variables=(variable,))
    assert_a_step_is_that_of_torch(problem, DESCENT, 1e-12)


def test_ties_have_numbers_of_their_own() -> None:
    tied = {"c": "2.5*a - 3*b + 1", "d": "1.5*a - 4*b + 2", "f": "0.25"}
    assert_a_step_is_that_of_torch(fit("a*x + b + c*x**2 + d*f", LINE, tied=tied), DESCENT, 1e-12)


def test_e_and_pi_are_numbers() -> None:
    assert_a_step_is_that_of_torch(fit("a*e*x + b*pi**2 + e**x", LINE), DESCENT, 1e-12)


@pytest.mark.parametrize("spoilt", [math.nan, math.inf])
def test_a_number_that_is_not_finite_spoils_its_own_curve_only(spoilt: float) -> None:
    fits = [everything(seed=100 * k) for k in range(4)]
    fits[2].data.y[3] = spoilt
    curves = beside_each_other(fits)
    after = descended(curves, ADAM, curves.start)
    assert after.isfinite().all(0).tolist() == [True, True, False, True]
    assert after[:, 2].isnan().any()


@pytest.mark.parametrize("optimizer", OPTIMIZERS[:3], ids=repr)
@pytest.mark.parametrize("dtype", PRECISION, ids=str)
def test_steps_in_chunks_of_any_size_are_the_same_to_the_last_bit(optimizer: Optimizer, dtype: torch.dtype) -> None:
    problem = everything(dtype=dtype)
    program, begin = descent_of(problem, optimizer), (problem.start, optimizer.init(problem.start))
    parameters, state, losses = program.run(*begin, 30)
    for chunk in (1, 7, 29):
        pieces, there = [], begin
        for done in range(0, 30, chunk):
            *there, history = program.run(*there, min(chunk, 30 - done))
            pieces.append(history)
        assert there[0].equal(parameters)
        assert torch.cat(pieces).equal(losses)
        assert all(part.equal(state[name]) for name, part in there[1].items())


def chunks_of(problem: Problem, optimizer: Optimizer, first: Checkpoint | None, seconds: float) -> list[Chunk]:
    return list(train(problem, optimizer, first or start(problem, optimizer, problem.start), 20, seconds))


@pytest.mark.parametrize("optimizer", OPTIMIZERS[:3], ids=repr)
def test_a_training_goes_on_from_a_stored_checkpoint_bit_for_bit(optimizer: Optimizer) -> None:
    problem = everything()
    whole = chunks_of(problem, optimizer, None, 3600)
    begun = chunks_of(problem, optimizer, None, 0)[:7]
    rest = chunks_of(problem, optimizer, Checkpoint.from_bytes(begun[-1].checkpoint.to_bytes()), 3600)
    assert rest[-1].checkpoint.parameters.equal(whole[-1].checkpoint.parameters)
    assert [loss for chunk in [*begun, *rest] for loss in chunk.losses] == whole[0].losses


def test_every_step_is_an_evaluation() -> None:
    problem = everything()
    program = descent_of(problem, ADAM)
    problem.evaluations.count = 0
    program.run(problem.start, ADAM.init(problem.start), 7)
    assert problem.evaluations.count == 7

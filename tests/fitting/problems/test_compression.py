"""Few nodes say of a polynomial model what all points say."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.formulas.polynomial_degree import degree_in
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.compression import compressed
from app.fitting.problems.data import Data, sampled_function
from app.fitting.problems.losses import make_loss
from app.fitting.problems.objective import loss_and_gradient
from app.fitting.problems.problem import Problem
from app.fitting.training import start, train


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("a", 0),
        ("a + b*x", 1),
        ("a + b*P3(c + d*x)", 3),
        ("(a + x^2)^3 / b", 6),
        ("P3(T2(x))", 6),
        ("jacobi(4, 0.5, 0.5, x*x)", 8),
        ("sin(a)*x^2 - exp(b)", 2),
        ("x**a", None),
        ("a/x", None),
        ("sin(x)", None),
        ("x^-1", None),
        ("x^0.5", None),
        ("a^x", None),
        ("where(x, a, b)", None),
    ],
)
def test_the_degree_is_read_from_the_formula(text: str, degree: int | None) -> None:
    assert degree_in(parse(text), "x") == degree


def tutorial(points: int = 2000, factor: torch.Tensor | None = None) -> Problem:
    formula = parse("a + b * P3(c + d * x)")
    data = sampled_function("sin", [-3.141592653589793, 3.141592653589793], points, torch.float64)
    vector = torch.tensor([0.0, -1.0, 0.0, 0.3], dtype=torch.float64)
    return Problem(formula, Data(data.variables, data.y, factor), Parameters(formula.parameters), vector)


numbers = st.floats(-3, 3)
SOMEWHERE = torch.tensor([0.2, -1.1, 0.3, 0.8], dtype=torch.float64)


@given(st.lists(numbers, min_size=4, max_size=4), st.booleans())
def test_loss_and_gradient_are_those_of_all_points(parameters: list[float], weighted: bool) -> None:
    factor = torch.linspace(0.1, 2, 2000, dtype=torch.float64) if weighted else None
    problem = tutorial(factor=factor)
    few = compressed(problem)
    assert few is not None
    vector = torch.tensor(parameters, dtype=torch.float64)
    for found, exact in zip(loss_and_gradient(few, vector), loss_and_gradient(problem, vector), strict=True):
        torch.testing.assert_close(found, exact, rtol=1e-11, atol=1e-11 * float(exact.abs().max()) + 1e-9)


@pytest.mark.parametrize("origin", [0.0, 2005.0, 1e6])
def test_where_the_x_are_does_not_matter(origin: float) -> None:
    x = torch.linspace(origin - 1, origin + 1, 500, dtype=torch.float64)
    problem = replace(tutorial(), formula=parse(f"a + b * P3(c + d * (x - {origin}))"), data=Data({"x": x}, x.sin()))
    few = compressed(problem)
    assert few is not None
    for found, exact in zip(loss_and_gradient(few, SOMEWHERE), loss_and_gradient(problem, SOMEWHERE), strict=True):
        torch.testing.assert_close(found, exact, rtol=1e-9, atol=0)


def test_a_polynomial_without_noise_leaves_a_floor_of_rounding() -> None:
    problem = tutorial()
    few = compressed(replace(problem, data=replace(problem.data, y=problem.model(SOMEWHERE))))
    assert few is not None
    rounding = torch.finfo(torch.float64).eps * problem.model(SOMEWHERE).norm().item()
    assert few.floor.item() < (10 * rounding) ** 2
    assert few.loss(SOMEWHERE).item() < (100 * rounding) ** 2


def test_four_nodes_stand_for_a_cubic() -> None:
    few = compressed(tutorial())
    assert few is not None
    assert len(few.nodes) == 4


@pytest.mark.parametrize("name", ["gradient_descent", "adam", "lbfgs"])
def test_a_training_has_the_same_history_to_rounding(name: str) -> None:
    settings = {"gradient_descent": {"learning_rate": 5e-6}, "adam": {"learning_rate": 1e-2}}
    optimizer = make_optimizer(name, **settings.get(name, {}))
    # At the tutorial's own start two derivatives are 0 but for rounding, which Adam would blow up to whole steps.
    problem = replace(tutorial(), start=torch.tensor([0.1, -1.0, 0.1, 0.3], dtype=torch.float64))
    few = compressed(problem)
    assert few is not None
    histories = []
    for objective in (problem, few):
        (chunk,) = train(objective, optimizer, start(objective, optimizer, problem.start), 50, 3600)
        histories.append([*chunk.losses, chunk.checkpoint.loss][:30])
    assert histories[0] == pytest.approx(histories[1], rel=1e-8)


def test_the_jacobian_of_the_nodes_has_the_gradient_of_the_loss() -> None:
    few = compressed(tutorial())
    assert few is not None
    vector = torch.tensor([0.3, -0.7, 0.1, 0.4], dtype=torch.float64)
    _, gradient = loss_and_gradient(few, vector)
    _, residual, jacobian = few.linearised(vector)
    torch.testing.assert_close(2 * jacobian.T @ residual, gradient)


def polynomial(formula: Formula, points: int) -> Problem:
    x = torch.linspace(-1, 1, points, dtype=torch.float64)
    return Problem(formula, Data({"x": x}, x**3), Parameters(formula.parameters), torch.ones(2, dtype=torch.float64))


def test_what_can_not_be_compressed_is_left() -> None:
    problem = tutorial()
    nearly_the_same = torch.tensor([1e16, 1e16 + 2], dtype=torch.float64).repeat(50)
    others = [
        tutorial(points=12),
        Problem(parse("sin(a*x)"), problem.data, Parameters(("a",)), problem.start[:1]),
        Problem(problem.formula, problem.data, problem.parameters, problem.start, make_loss("huber", 1.0)),
        replace(problem, data=Data({"x": nearly_the_same}, torch.ones_like(nearly_the_same))),
        replace(problem, data=Data({"x": torch.ones_like(nearly_the_same)}, nearly_the_same)),
    ]
    assert [compressed(other) for other in others] == [None] * 5


def test_on_many_nodes_only_very_many_points_are_compressed_as_steps_there_have_no_program() -> None:
    formula = parse("a*x^40 + b*x", ["x"])
    nodes = {points: compressed(polynomial(formula, points)) for points in (1_000, 100_000)}
    assert [few and few.points for few in nodes.values()] == [None, 41]


def test_many_points_are_read_in_blocks() -> None:
    problem = tutorial(points=100_000)
    few = compressed(problem)
    assert few is not None
    assert few.loss(problem.start).item() == pytest.approx(problem.loss(problem.start).item(), rel=1e-11)

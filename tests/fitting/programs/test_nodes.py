"""Graphs: equal nodes are one, and what is known beforehand is worked out."""

import pytest

from app.fitting.programs.nodes import DOUBLE, FITS, FLOAT, POINTS, SUM, Graph, Node, known, live


def variable(graph: Graph, name: str = "u", axes: int = POINTS) -> Node:
    return graph.node("input", DOUBLE, value=(name, ()), axes=axes)


def test_equal_nodes_are_one() -> None:
    graph = Graph()
    u, v = variable(graph), variable(graph, "v")
    assert graph.apply("add", DOUBLE, u, v) is graph.apply("add", DOUBLE, u, v)
    assert graph.apply("add", DOUBLE, u, v) is not graph.apply("add", DOUBLE, v, u)
    assert graph.number(1.5, DOUBLE) is graph.number(1.5, DOUBLE)
    assert graph.number(1.5, DOUBLE) is not graph.number(1.5, FLOAT)
    assert graph.find("add", DOUBLE, u, v) is graph.apply("add", DOUBLE, u, v)
    assert graph.find("mul", DOUBLE, u, v) is None


def test_zeros_of_both_signs_are_two_numbers() -> None:
    graph = Graph()
    assert graph.number(0.0, DOUBLE) is not graph.number(-0.0, DOUBLE)


@pytest.mark.parametrize(
    ("operation", "left", "right"),
    [("add", "u", 0), ("add", 0, "u"), ("sub", "u", 0), ("mul", "u", 1), ("mul", 1, "u"), ("div", "u", 1)],
)
def test_what_changes_nothing_is_left_out(operation: str, left: object, right: object) -> None:
    graph = Graph()
    u = variable(graph)
    arguments = (u if part == "u" else graph.number(float(str(part)), DOUBLE) for part in (left, right))
    assert graph.apply(operation, DOUBLE, *arguments) is u


def test_a_product_with_0_is_worked_out_as_the_other_may_be_infinite() -> None:
    graph = Graph()
    assert graph.apply("mul", DOUBLE, variable(graph), graph.number(0, DOUBLE)).operation == "mul"


@pytest.mark.parametrize(("operation", "value"), [("add", 5.0), ("sub", 1.0), ("mul", 6.0)])
def test_known_numbers_are_worked_out(operation: str, value: float) -> None:
    graph = Graph()
    three, two = graph.number(3, DOUBLE), graph.number(2, DOUBLE)
    assert known(graph.apply(operation, DOUBLE, three, two)) == value
    assert known(variable(graph)) is None


def test_points_are_divided_by_one_reciprocal() -> None:
    graph = Graph()
    points, one = variable(graph), variable(graph, "width", 0)
    assert graph.apply("div", DOUBLE, points, one).operation == "mul"
    assert graph.apply("div", DOUBLE, one, one).operation == "div"
    assert graph.apply("div", DOUBLE, points, variable(graph, "v")).operation == "div"


def test_a_node_varies_with_what_it_is_made_of() -> None:
    graph = Graph()
    u, fit = variable(graph), graph.node("input", DOUBLE, value=("f", ()), axes=FITS, moves=True)
    product = graph.apply("mul", DOUBLE, u, fit)
    assert product.axes == POINTS | FITS
    assert product.moves
    total = graph.node(SUM, DOUBLE, product)
    assert (total.axes, total.level, total.moves) == (FITS, 1, True)
    again = graph.node(SUM, DOUBLE, graph.apply("mul", DOUBLE, u, total))
    assert again.level == 2


def test_what_no_output_needs_is_dead() -> None:
    graph = Graph()
    u, v = variable(graph), variable(graph, "v")
    needed = graph.apply("add", DOUBLE, u, u)
    graph.apply("add", DOUBLE, u, v)
    assert live(graph, [needed]) == [u, needed]


def test_a_cast_to_its_own_type_is_none() -> None:
    graph = Graph()
    u = variable(graph)
    assert graph.cast(u, DOUBLE) is u
    assert graph.cast(u, FLOAT).operation == "cast"
    assert known(graph.cast(graph.number(0.1, DOUBLE), FLOAT)) == 0.1

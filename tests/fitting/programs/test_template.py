"""Templates: formulas of one tree have one, whatever their names and numbers."""

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.programs.template import template
from tests.helpers.programs import random


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a*exp(-b*x) + 1.5", "amplitude * exp(-rate*t) + 2"),
        ("a*x**2 + b", "m*t^2 + n"),
        ("2*a + x", "pi*k + t"),
        ("a + e", "q + 3"),
        ("2*3*a*x", "5*k*t"),
        ("a*sqrt(2)*x", "a*(1/3)*x"),
        ("x0*n0 + p1", "x1*n1 + p2"),
        ("a**2.7", "b**3.3"),
        ("a*x + a", "b*x + b"),
    ],
)
def test_names_and_numbers_do_not_matter(one: str, other: str) -> None:
    assert template(one, ("x",)).key == template(other, ("t", "x")).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a + b", "a - b"),
        ("a*x + b", "a*x + a"),
        ("a*x", "x*a"),
        ("a*x**2", "a*x**3"),
        ("a**0.5", "a**1.5"),
        ("a**0.5", "a**0.6"),
        ("a**2", "a**2.5"),
        ("P3(a*x)", "P4(a*x)"),
        ("gegenbauer(3, 0.5, x)", "gegenbauer(3, 0.7, x)"),
        ("sin(a*x)", "cos(a*x)"),
        ("a + 2", "a + b"),
        ("a + x", "a + b"),
        ("(a + b)*x", "a + b*x"),
        ("minimum(a, x)", "minimum(x, a)"),
    ],
)
def test_what_is_computed_otherwise_has_another_template(one: str, other: str) -> None:
    assert template(one, ("x",)).key != template(other, ("x",)).key


def test_a_variable_named_e_is_no_constant() -> None:
    assert template("a*e + x", ("e", "x")).key == template("a*t + x", ("t", "x")).key


def test_it_says_what_its_letters_stand_for() -> None:
    of_text = template("n0*exp(-2.5*p1*x0) + p0*w - 3", ("p0", "x0", "unused"))
    assert of_text.variables == ("x0", "p0")
    assert of_text.parameters == ("n0", "p1", "w")
    assert of_text.numbers == (-2.5, 3.0)


@pytest.mark.parametrize(
    "text",
    [
        "a*exp(-2.5*b*x) + 3",
        "1.5 + 2.5*3 - a/2/3 + 4*(b - 5)**2 - -x",
        "2**a - b**-3 + a**2.7*x**1.5",
        "gegenbauer(3, 0.7, b*x + 0.5) + P2(a) - jacobi(4, 1, 2, 0.3*x)",
        "sqrt(2)*a + pi*b - e*x + sin(1)",
        "clip(a*x, 0.1, 0.9) + where(x - 0.5, a, 2*b)",
    ],
)
def test_its_formula_has_the_same_bits(text: str) -> None:
    x = random(50)
    values = {"x": x, "a": random(1, seed=2), "b": random(1, seed=3)}
    of_text = template(text, ("x",))
    letters = {f"x{k}": values[name] for k, name in enumerate(of_text.variables)}
    letters |= {f"p{k}": values[name] for k, name in enumerate(of_text.parameters)}
    letters |= {f"n{k}": torch.tensor(n, dtype=torch.float64) for k, n in enumerate(of_text.numbers)}
    torch.testing.assert_close(of_text.formula()(letters), parse(text)(values), rtol=1e-15, atol=0)


def test_a_polynomial_counts_by_its_degree() -> None:
    def count(text: str) -> int:
        return template(text, ("x",)).operations

    assert count("P40(a*x)") - count("P20(a*x)") == 80
    assert count("gegenbauer(40, 0.5, a*x)") - count("gegenbauer(20, 0.5, a*x)") == 80
    assert count("a*x + b") < count("a*x + b*x")


def test_a_text_that_is_met_again_is_not_read_again() -> None:
    assert template("a*x + 7.125", ("x",)) is template("a*x + 7.125", ("x",))

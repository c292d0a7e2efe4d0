"""The roles of parameters, read from formulas."""

import pytest

from app.fitting.formulas.tree import read_tree
from app.fitting.starts.magnitudes import NUMBER, RESPONSE
from app.fitting.starts.roles import Roles, roles_of

X = ("variable", "x")


def roles(formula: str) -> Roles:
    return roles_of(read_tree(formula), ["x"])


@pytest.mark.parametrize(
    ("formula", "name", "powers"),
    [
        ("a*exp(-b*x) + c", "a", {RESPONSE: 1}),
        ("a*exp(-b*x) + c", "b", {X: -1}),
        ("a*exp(-b*x) + c", "c", {RESPONSE: 1}),
        ("a*exp(-x/t)", "t", {X: 1}),
        ("v*x/(k + x)", "v", {RESPONSE: 1}),
        ("v*x/(k + x)", "k", {X: 1}),
        ("d + (a - d)/(1 + (x/c)**b)", "c", {X: 1}),
        ("a*log(x/b)", "b", {X: 1}),
        ("a*sqrt(x - c)", "a", {RESPONSE: 1, X: -0.5}),
        ("where(x - c, a + b*(x - c), a)", "b", {RESPONSE: 1, X: -1}),
        ("a/(1 + b*x**n)", "b", {("power", "n", "x"): -1}),
        ("a/(1 + b*x**(-n))", "b", {("power", "n", "x"): 1}),
        ("minimum(a*x, b)", "a", {RESPONSE: 1, X: -1}),
    ],
)
def test_a_size_follows_from_the_formula(formula: str, name: str, powers: dict[tuple[str, ...], float]) -> None:
    size = roles(formula).sizes.of(name)
    assert size is not None
    assert dict(size.powers) == pytest.approx(powers)


def test_the_number_in_a_product_counts() -> None:
    size = roles("a*exp(-q/(8.314*x))").sizes.of("q")
    assert size is not None
    assert size.powers[NUMBER] == pytest.approx(2.11794, abs=1e-5)


@pytest.mark.parametrize(
    ("formula", "places"),
    [
        ("a*tanh(b*(x - c)) + d", {"c"}),
        ("a/(1 + exp(-(c + d*x)))", {"c"}),
        ("a*exp(-((x - m)/s)**2)", {"m"}),
        ("a*exp(-b*x)", set()),
    ],
)
def test_a_parameter_that_stands_in_a_sum_with_x_is_a_place(formula: str, places: set[str]) -> None:
    assert {place.name for place in roles(formula).places} - {"d"} == places


def test_the_angle_of_an_oscillation_has_rates_and_phases() -> None:
    found = roles("a*sin(2*pi*f*x + p) + c")
    assert (found.rates, found.phases, found.oscillates) == ({"f"}, {"p"}, True)
    assert roles("a*cos(2*pi*x/T)").rates == {"T"}
    assert not roles("a*sin(b)*x").oscillates


def test_exponents_are_told_from_what_a_number_is_raised_to() -> None:
    assert roles("a*x**n").exponents == {"n"}
    assert roles("a*10**(b*x)").exponents == set()


def test_what_is_as_large_as_a_variable_is_no_exponent() -> None:
    assert roles("r*(x/o)**(o/(m - o))").exponents == set()
    assert roles("a/(1 + (b*x)**n)**(1 - 1/n)").exponents == {"n"}
    assert roles("a*10**(b*x)").sizes.of("b") is not None


def test_the_place_of_a_power_of_constants_has_no_role() -> None:
    assert roles("a*x + b/0.5**2").places == ()

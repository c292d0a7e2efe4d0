"""Sizes that follow from equations between products of powers."""

from app.fitting.starts.magnitudes import NUMBER, ONE, RESPONSE, Magnitude, Sizes, exponents_in


def of(**powers: float) -> Magnitude:
    return Magnitude({("parameter", name): power for name, power in powers.items()})


X, Y = Magnitude({("variable", "x"): 1.0}), Magnitude({RESPONSE: 1.0})


def test_a_product_has_the_sum_of_the_powers() -> None:
    assert of(a=1).times(X, -2).powers == {("parameter", "a"): 1, ("variable", "x"): -2}
    assert of(a=1).times(of(a=1), -1) == ONE


def test_an_equation_gives_the_size_of_a_parameter() -> None:
    sizes = Sizes()
    sizes.equal(of(b=1).times(X), ONE)
    assert sizes.of("b") == Magnitude({("variable", "x"): -1})


def test_equations_are_solved_together() -> None:
    sizes = Sizes()
    sizes.equal(of(a=1), of(c=1))
    sizes.equal(of(a=2), Y)
    assert sizes.of("a") == sizes.of("c") == Magnitude({RESPONSE: 0.5})


def test_a_number_counts_with_its_logarithm() -> None:
    sizes = Sizes()
    sizes.equal(of(a=1), Magnitude({NUMBER: 2.0}))
    assert sizes.of("a") == Magnitude({NUMBER: 2.0})


def test_an_equation_that_contradicts_others_is_left_out() -> None:
    sizes = Sizes()
    sizes.equal(of(a=1), X)
    sizes.equal(of(a=1), Y)
    assert sizes.of("a") == X


def test_what_no_equation_tells_has_no_size() -> None:
    sizes = Sizes()
    sizes.equal(of(a=1), of(b=1))
    assert sizes.of("a") is sizes.of("b") is sizes.of("z") is None


def test_a_power_by_a_parameter_depends_on_its_value() -> None:
    assert [*exponents_in(Magnitude({("power", "n", "x"): 1.0, RESPONSE: 1.0}))] == ["n"]

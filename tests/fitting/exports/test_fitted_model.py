"""What is exported: a formula with its coefficients."""

from app.fitting.exports.fitted_model import FittedModel, one_line, renamed


def test_parameters_are_those_of_the_formula_in_its_order() -> None:
    model = FittedModel("t", "b * x + a", ("x",), {"a": 1, "b": 2, "unused": 3}, {})
    assert list(model.parameters.items()) == [("b", 2.0), ("a", 1.0)]


def test_the_equation_says_what_the_model_gives() -> None:
    assert FittedModel("t", "a *\n x", ("x",), {"a": 1}, {}).equation == "y = a * x"
    assert FittedModel("t", "a * x", ("x",), {"a": 1}, {}, "log(y)").equation == "log(y) = a * x"


def test_names_that_a_language_has_taken_get_an_underscore_and_stay_different() -> None:
    assert renamed(["int", "int_", "x"], {"int"}) == {"int": "int__", "int_": "int_", "x": "x"}


def test_a_text_on_many_lines_becomes_one() -> None:
    assert one_line(" a\n+ b ") == "a + b"

"""Formulas: what a text means, its values and its derivatives."""

import keyword
import math

import pytest
import torch
from torch.autograd import gradcheck
from torch.func import jacfwd, jacrev, vmap

from app.fitting.autograd import polynomials
from app.fitting.formulas.formula import parse, parse_function_of_x
from app.fitting.formulas.functions import FUNCTIONS

# torch's own forward mode scripts a few functions when it is first used, and warns of that.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

NIST_MODELS = [
    "b1*(1-exp(-b2*x))",
    "b1 * (1-(1+b2*x/2)**(-2))",
    "b1*b2*x*((1+b2*x)**(-1))",
    "exp(-b1*x)/(b2+b3*x)",
    "b1*exp(-b2*x) + b3*exp( -(x-b4)**2 / b5**2 ) + b6*exp( -(x-b7)**2 / b8**2 )",
    "b1 + b2*cos( 2*pi*x/12 ) + b3*sin( 2*pi*x/12 ) + b5*cos( 2*pi*x/b4 ) + b6*sin( 2*pi*x/b4 )",
    "b1 - b2*x - arctan(b3/(x-b4))/pi",
    "(b1+b2*x+b3*x**2+b4*x**3) / (1+b5*x+b6*x**2+b7*x**3)",
    "b1*(x**2+x*b2) / (x**2+x*b3+b4)",
    "b1 * exp(b2/(x+b3))",
    "(b1/b2) * exp(-0.5*((x-b3)/b2)**2)",
    "b1 / ((1+exp(b2-b3*x))**(1/b4))",
    "b1 * (b2+x)**(-1/b3)",
]


def double(value):
    return torch.tensor(value, dtype=torch.float64)


def value_of(text, **values):
    return parse(text, variables=())({name: double(value) for name, value in values.items()}).item()


@pytest.fixture
def x():
    return double([0.1, 0.7, 2.0])


def test_variables_are_those_of_the_given_ones_that_it_uses():
    assert parse("a * x1", variables=("x1", "x2")).variables == {"x1"}


def test_parameters_are_all_other_names_in_order_of_first_appearance():
    assert parse("d + a * exp(-c * x) + b * c ** a").parameters == ("d", "a", "c", "b")


def test_text_is_kept_as_it_was_written():
    assert parse(" a+ x^2\n").text == " a+ x^2\n"


def test_formulas_of_the_same_text_are_equal():
    assert parse("a + x") == parse("a + x")
    assert len({parse("a + x"), parse("a + x"), parse("a - x")}) == 2


def test_polynomial_of_the_tutorial(x):
    values = {"a": double(0.5), "b": double(-2.2), "c": double(0.1), "d": double(0.3)}
    computed = parse("a + b * P3(c + d * x)")({"x": x, **values})
    torch.testing.assert_close(computed, 0.5 - 2.2 * polynomials.legendre(3, 0.1 + 0.3 * x), rtol=1e-15, atol=0)


@pytest.mark.parametrize("text", NIST_MODELS)
def test_models_of_nist_can_be_written_as_they_are(text, x):
    formula = parse(text)
    parameters = {name: double(0.3 + index) for index, name in enumerate(formula.parameters)}
    assert formula.variables == {"x"}
    assert formula({"x": x, **parameters}).isfinite().all()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("8 - 3 - 2", 3),
        ("8 - (3 - 2)", 7),
        ("24 / 4 / 3", 2),
        ("24 / (4 / 3)", 18),
        ("24 / 4 * 3", 18),
        ("2 ** 3 ** 2", 512),
        ("(2 ** 3) ** 2", 64),
        ("-2 ** 2", -4),
        ("(-2) ** 2", 4),
        ("2 ** -1", 0.5),
        ("2 ** -2 ** 2", 0.0625),
        ("2 ** -1 * 3", 1.5),
        ("2 * -3", -6),
        ("1 - -+-1", 0),
        ("-2 * 3 + 10", 4),
    ],
)
def test_operators_bind_as_in_python(text, value):
    assert parse(text)({}).item() == value


@pytest.mark.parametrize("text", ["2 ^ 3", "2^3", "2 ** 3"])
def test_caret_means_power(text):
    assert parse(text)({}).item() == 8


@pytest.mark.parametrize(
    ("text", "value"), [("1", 1), ("1.5", 1.5), (".5", 0.5), ("2.", 2), ("1e-3", 1e-3), ("2E+2", 200), ("007", 7)]
)
def test_numbers(text, value):
    assert parse(text)({}).item() == value


def test_blanks_and_new_lines_mean_nothing():
    assert parse("\n 1 +\r\n\t2*\n3 ")({}).item() == 7


@pytest.mark.parametrize(("text", "value"), [("pi", math.pi), ("e", math.e), ("2 * pi", math.tau)])
def test_pi_and_e_are_constants(text, value):
    formula = parse(text)
    assert formula.parameters == ()
    assert formula({}).item() == value


def test_a_variable_may_have_the_name_of_a_constant():
    assert parse("e", variables=("e",))({"e": double(3.0)}).item() == 3


def test_names_are_case_sensitive():
    assert parse("A + a + Pi").parameters == ("A", "a", "Pi")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sin(0.5) * a", 2 * math.sin(0.5)),
        ("minimum(a, 1)", 1),
        ("maximum(3, a)", 3),
        ("atan2(a, 1)", math.atan2(2, 1)),
        ("clip(a, 0, 1.5)", 1.5),
        ("where(-1, a, 7)", 7),
        ("where(a, 1, 0)", 1),
        ("hypot(1.5, a)", 2.5),
    ],
)
def test_functions_take_numbers_as_arguments(text, value):
    assert value_of(text, a=2.0) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "polynomial"),
    [
        ("P3(x)", lambda x: polynomials.legendre(3, x)),
        ("P0(x)", lambda x: polynomials.legendre(0, x)),
        ("P100(x)", lambda x: polynomials.legendre(100, x)),
        ("T4(x)", lambda x: polynomials.chebyshev_t(4, x)),
        ("U2(x)", lambda x: polynomials.chebyshev_u(2, x)),
        ("H5(x)", lambda x: polynomials.hermite(5, x)),
        ("He5(x)", lambda x: polynomials.hermite_e(5, x)),
        ("L3(x)", lambda x: polynomials.laguerre(3, x)),
        ("legendre(2 + 1, x)", lambda x: polynomials.legendre(3, x)),
        ("gegenbauer(3, 1/4, x)", lambda x: polynomials.gegenbauer(3, 0.25, x)),
        ("jacobi(4, 0.5, -0.25, x)", lambda x: polynomials.jacobi(4, 0.5, -0.25, x)),
        ("generalized_laguerre(3, 1.5, x)", lambda x: polynomials.generalized_laguerre(3, 1.5, x)),
    ],
)
def test_polynomials(text, polynomial, x):
    assert torch.equal(parse(text)({"x": x}), polynomial(x))


def test_shorthand_of_a_polynomial_without_brackets_is_a_parameter():
    formula = parse("T1 * T1(x) + P3")
    assert formula.parameters == ("T1", "P3")
    assert formula({"x": double(2.0), "T1": double(5.0), "P3": double(1.0)}).item() == 11


@pytest.mark.parametrize("name", [*FUNCTIONS, *keyword.kwlist, "match", "j0", "np", "P3"])
def test_only_before_a_bracket_is_a_name_that_of_a_function(name):
    if name in ("True", "False", "None"):
        return
    formula = parse(f"{name} * cos(x) - {name}^2")
    assert formula.parameters == (name,)
    assert formula({"x": double(0.0), name: double(3.0)}).item() == -6
    assert formula.with_numbers({name: 3.0}) == "3.0 * cos(x) - 3.0^2"
    assert parse(f"{name} + {name}", [name])({name: double(1.5)}).item() == 3


def test_a_parameter_may_stand_beside_the_function_of_its_name():
    formula = parse("exp * exp(-x) + exp(exp)")
    assert formula.parameters == ("exp",)
    assert formula({"x": double(0.0), "exp": double(2.0)}).item() == pytest.approx(2 + math.exp(2))
    assert formula.with_numbers({"exp": -2.0}) == "-2.0 * exp(-x) + exp(-2.0)"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("np.exp(-x) + numpy.minimum(x, 1)", "exp(-x) + minimum(x, 1)"),
        ("math.pi * Math.sin (x) - torch.special.psi(x)", "pi * sin(x) - digamma(x)"),
        ("scipy.special.erf(x) * Math.PI ** special.erfc(x)", "erf(x) * pi ** erfc(x)"),
        ("pow(x, 2) + power(2, x)", "x ** 2 + 2 ** x"),
        ("min(a, x) - max(a, x) + clamp(x, 0, 1)", "minimum(a, x) - maximum(a, x) + clip(x, 0, 1)"),
    ],
)
def test_what_has_one_meaning_may_be_written_as_elsewhere(text, same, x):
    values = {"x": x, "a": double(0.5)}
    assert torch.equal(parse(text)(values), parse(same)(values))


def test_the_constant_e_of_a_module_is_a_number_even_where_e_is_a_variable():
    assert parse("e * np.e", ["e"])({"e": double(2.0)}).item() == 2 * math.e


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [
        ("x > a", [0, 0, 1]),
        ("x >= a", [0, 1, 1]),
        ("x < a", [1, 0, 0]),
        ("x <= a", [1, 1, 0]),
        ("x - a > 0", [0, 0, 1]),
        ("0 <= x - a", [0, 1, 1]),
        ("(a + 1 > x + 1)", [1, 0, 0]),
    ],
)
def test_a_comparison_chooses(comparison, holds, x):
    formula = parse(f"where({comparison}, b, 2)")
    assert formula.parameters == ("a", "b")
    assert formula({"x": x, "a": x[1], "b": double(7.0)}).tolist() == [7 if one else 2 for one in holds]
    again = parse(formula.with_numbers({"a": -0.7, "b": -7.0}))
    assert again({"x": -x}).tolist() == formula({"x": -x, "a": double(-0.7), "b": double(-7.0)}).tolist()


def test_a_comparison_holds_for_numbers_without_end():
    ends = double([-math.inf, math.inf])
    for comparison, value in (("x >= c", 1), ("x > c", 0), ("x <= c", 1), ("x < c", 0)):
        assert parse(f"where({comparison}, 1, 0)")({"x": ends, "c": ends}).tolist() == [value, value]


def test_parameters_are_in_the_order_of_the_text_where_a_comparison_turns_its_ends():
    assert parse("where(x >= c, a, b)").parameters == ("c", "a", "b")


def test_gradient_reaches_variables_and_parameters(x):
    formula = parse("a + b * P3(c + d * x) ** 2 / (1 + exp(-x)) - 2 / a + 2 ** x")
    names = ("x", *formula.parameters)
    arguments = [x, *(double(start) for start in (0.5, -1.0, 0.1, 0.3))]
    assert gradcheck(
        lambda *values: formula(dict(zip(names, values, strict=True))),
        [argument.requires_grad_() for argument in arguments],
        check_forward_ad=True,
        check_batched_grad=True,
    )


def test_jacobians_agree_for_a_batch_of_parameters(x):
    formula = parse("maximum(b1, 0.25) * (1 - exp(-b2 * x)) + 1 / x ** b1")

    def model(parameters):
        return formula({"x": x, "b1": parameters[0], "b2": parameters[1]})

    batch = double([[1.0, 2.0], [0.1, 0.3], [5.0, -1.0]])
    reverse, forward = vmap(jacrev(model))(batch), vmap(jacfwd(model))(batch)
    assert reverse.shape == (3, 3, 2)
    torch.testing.assert_close(reverse, forward, rtol=1e-14, atol=0)


def test_square_of_a_negative_parameter_has_a_gradient():
    a = double(-3.0).requires_grad_()
    parse("a ** 2")({"a": a}).backward()
    assert a.grad.item() == -6


def test_shapes_broadcast():
    values = {"x": torch.ones(3, 1), "a": torch.ones(4), "b": torch.ones(())}
    assert parse("a * x + where(b, x, 2)")(values).shape == (3, 4)


def test_formula_without_names_is_a_number_like_the_values():
    constant = parse("2 * pi")({"x": torch.ones(3, dtype=torch.float32)})
    assert constant.shape == ()
    assert constant.dtype == torch.float32
    assert parse("2 * pi")({}).dtype == torch.float64


@pytest.mark.parametrize("text", ["2.5 * x", "x ** 0.3", "2 ** x", "1 / x", "minimum(x, 2)", "where(1, 2, x)", "P3(x)"])
def test_numbers_leave_float32_as_it_is(text):
    assert parse(text)({"x": torch.ones(3, dtype=torch.float32)}).dtype == torch.float32


def test_scalar_parameters_of_float64_leave_a_float32_variable_as_it_is():
    values = {"x": torch.ones(3, dtype=torch.float32), "a": double(2.0)}
    assert parse("a * x + hypot(a, x) - x ** a")(values).dtype == torch.float32


def test_missing_value_is_a_key_error():
    with pytest.raises(KeyError, match="a"):
        parse("a + x")({"x": double(1.0)})


@pytest.mark.parametrize(
    ("name", "function"), [("sin", math.sin), (" ln\n", math.log), ("P2", lambda x: (3 * x**2 - 1) / 2)]
)
def test_name_of_a_function_stands_for_that_function_of_x(name, function, x):
    formula = parse_function_of_x(name)
    assert formula.text == f"{name.strip()}(x)"
    expected = double([function(point) for point in x.tolist()])
    torch.testing.assert_close(formula({"x": x}), expected, rtol=1e-15, atol=1e-16)


def test_function_of_x_may_be_a_formula(x):
    torch.testing.assert_close(parse_function_of_x("exp(-x/3) * sin(x)")({"x": x}), torch.exp(-x / 3) * torch.sin(x))


def test_function_of_x_may_be_x_itself(x):
    assert torch.equal(parse_function_of_x("x")({"x": x}), x)

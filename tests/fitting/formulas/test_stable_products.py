"""Products of exp and erfc have a value wherever they are finite, in whatever order and with whatever between them."""

import math

import mpmath
import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.formulas.parameters import Parameters
from app.fitting.formulas.stable_products import with_exp_erfc
from app.fitting.formulas.tree import Chain, read_tree
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.design_matrix import design_of
from app.fitting.problems.problem import Problem, start_vector
from app.fitting.training import start, train
from tests.helpers.programs import by_program, by_torch

VALUES = {"a": 2.0, "b": 3.0, "c": 0.5, "u": 903.0, "v": 30.1, "w": 1.5}
PRODUCTS = {
    "exp(u)*erfc(v)": "exp_erfc(u, v)",
    "a*erfc(v)*b*exp(u)/c": "exp_erfc(u, v)*a*b/c",
    "exp(u)/b*erfc(v)": "exp_erfc(u, v)/b",
    "-exp(u)*erfc(v)": "-exp_erfc(u, v)",
    "-(a*exp(u))*-erfc(v)": "a*exp_erfc(u, v)",
    "a*(b*exp(u))*(erfc(v)*c)": "exp_erfc(u, v)*a*b*c",
    "a/(b*exp(-u))*erfc(v)": "exp_erfc(u, v)*a/b",
    "exp(u)*erfc(v)*exp(-w)": "exp_erfc(u - w, v)",
    "exp(u)*erfc(v)*erfc(w)": "exp_erfc(u, v)*erfc(w)",
    "e^u*erfc(v)*c": "exp_erfc(u, v)*c",
    "np.e**u*erfc(v)": "exp_erfc(u, v)",
    "exp(903)*erfc(v)": "exp_erfc(903, v)",
    "c + w*(b*exp(u)*erfc(v) + a)": "c + w*(b*exp_erfc(u, v) + a)",
}


def value(text: str, **others: float) -> float:
    numbers = VALUES | others
    return float(parse(text, ())({name: torch.tensor(number, dtype=torch.float64) for name, number in numbers.items()}))


@pytest.mark.parametrize("text", PRODUCTS)
def test_a_product_is_that_of_one_function(text: str) -> None:
    assert math.isfinite(value(text))
    assert value(text) == pytest.approx(value(PRODUCTS[text]), rel=1e-14)


@pytest.mark.parametrize("text", [text for text in PRODUCTS if "903" not in text])
def test_where_its_factors_are_finite_it_is_what_it_was(text: str) -> None:
    # A sum keeps the factors apart.
    apart = text.replace("erfc(v)", "(erfc(v) + 0)")
    assert value(text, u=40.0, v=5.5) == pytest.approx(value(apart, u=40.0, v=5.5), rel=1e-14)


@pytest.mark.parametrize("text", ["exp(w)/erfc(w)", "exp(w)*erf(w)", "exp(w) + erfc(w)", "exp(w)*exp(c)", "erfc(w)/c"])
def test_other_products_stay_as_they_are(text: str) -> None:
    tree = read_tree(text)
    assert isinstance(tree, Chain)
    assert with_exp_erfc(tree, ()) is tree


def test_a_variable_called_e_is_no_base_of_powers() -> None:
    numbers = {name: torch.tensor(number, dtype=torch.float64) for name, number in VALUES.items()}
    assert parse("e^w*erfc(c)", ("e",))(numbers | {"e": torch.tensor(2.0, dtype=torch.float64)}).item() == (
        pytest.approx(2**1.5 * math.erfc(0.5), rel=1e-15)
    )


def test_the_linear_parameters_are_those_of_the_formula_as_it_is_written() -> None:
    formula = parse("bg + N*(exp(u*x)*erfc(v) + q*exp(w)*erfc(x))")
    assert linear_parameters(formula) == ("bg", "N")
    assert linear_parameters(formula, ["bg", "q"]) == ("bg", "q")


def test_programs_have_the_same_values_and_slopes() -> None:
    u = torch.tensor([-3.0, 0.2, 5.0, 29.9, 400.0], dtype=torch.float64)
    text = "2*exp(u^2 - 4*u)*erfc(u + 0.5)"
    assert by_torch(text, u).isfinite().all()
    torch.testing.assert_close(by_program(text, u), by_torch(text, u), rtol=1e-12, atol=0)


def test_the_design_of_a_linear_fit_has_them_too() -> None:
    formula, x = parse("N*exp(x^2)*erfc(x) + bg"), torch.linspace(20, 60, 5, dtype=torch.float64)
    design = design_of(formula, Data({"x": x}, torch.ones_like(x)), Parameters(formula.parameters))
    with mpmath.workdps(40):
        exact = [float(mpmath.exp(mpmath.mpf(t) ** 2) * mpmath.erfc(mpmath.mpf(t))) for t in x.tolist()]
    assert design.matrix.high[:, 0].tolist() == pytest.approx(exact, rel=1e-14)


MODIFIED_GAUSSIAN = "h*s/t*sqrt(pi/2)*exp((s/t)^2/2 - (x - m)/t)*erfc((s/t - (x - m)/s)/sqrt(2))"
BEAMLINE = (
    "I*A*B/(2*(A + B))*(exp(A/2*(A*S^2 + 2*(x - X0)))*erfc((A*S^2 + (x - X0))/(sqrt(2)*S))"
    " + exp(B/2*(B*S^2 - 2*(x - X0)))*erfc((B*S^2 - (x - X0))/(sqrt(2)*S))) + bg"
)
"""Exponentials back to back, convolved with a Gaussian: the peak of a pulsed neutron source (GSAS, Mantid)."""
PEAK = {"h": 10.0, "s": 2.0, "t": 5.0, "m": 40.0}
PULSE = {"I": 5000.0, "A": 0.08, "B": 0.01, "S": 25.0, "X0": 10000.0, "bg": 3.0}


def fitted(text: str, x: Tensor, truth: dict[str, float], begin: dict[str, float]) -> dict[str, float]:
    formula = parse(text)
    parameters = Parameters(formula.parameters)
    tensors = {name: torch.tensor(number, dtype=torch.float64) for name, number in truth.items()}
    data = Data({"x": x}, formula({"x": x} | tensors))
    problem = Problem(formula, data, parameters, start_vector(parameters, begin, torch.float64))
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(problem, optimizer, start(problem, optimizer, problem.start), 500, 3600.0)
    return dict(zip(formula.parameters, last.checkpoint.parameters.tolist(), strict=True))


@pytest.mark.parametrize(
    "begin", [{"h": 5.0, "s": 3.0, "t": 0.1, "m": 45.0}, {"h": 5.0, "s": 1.0, "t": 0.05, "m": 38.0}]
)
def test_a_modified_gaussian_is_fitted_from_where_exp_overflows(begin: dict[str, float]) -> None:
    x = torch.linspace(0, 100, 201, dtype=torch.float64)
    exponents = (begin["s"] / begin["t"]) ** 2 / 2 - (x - begin["m"]) / begin["t"]
    assert torch.exp(exponents).isinf().any()
    assert fitted(MODIFIED_GAUSSIAN, x, PEAK, begin) == pytest.approx(PEAK, rel=1e-9)


@pytest.mark.parametrize(
    "begin",
    [
        {"I": 3000.0, "A": 1.0, "B": 0.05, "S": 15.0, "X0": 10050.0, "bg": 0.0},
        {"I": 8000.0, "A": 2.0, "B": 1.0, "S": 10.0, "X0": 9990.0, "bg": 1.0},
        {"I": 1.0, "A": 3.0, "B": 0.5, "S": 40.0, "X0": 10030.0, "bg": 0.0},
    ],
)
def test_the_peak_of_a_beamline_is_fitted_from_where_exp_overflows(begin: dict[str, float]) -> None:
    x = torch.linspace(9400, 11200, 181, dtype=torch.float64)
    assert torch.exp(begin["A"] * (x - begin["X0"])).isinf().any()
    assert fitted(BEAMLINE, x, PULSE, begin) == pytest.approx(PULSE, rel=1e-9)

"""Of which degree a formula is in a variable, whatever its parameters are."""

import pytest

from app.fitting.formulas.formula import parse
from app.fitting.formulas.polynomial_degree import degree_in


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        ("a", 0),
        ("a + b * x", 1),
        ("a * x^2 * (1 - x)", 3),
        ("(x + 1)^3 / (a + 2)", 3),
        ("a + b * P3(c + d * x)", 3),
        ("P3(x^2) + laguerre(5, x)", 6),
        ("exp(a) * x - sin(b)", 1),
        ("-(x * x)", 2),
        ("jacobi(4, 0.5, -0.5, a * x)", 4),
    ],
)
def test_polynomials(text: str, degree: int) -> None:
    assert degree_in(parse(text), "x") == degree


@pytest.mark.parametrize("text", ["exp(x)", "1 / x", "x^a", "x^0.5", "x^-1", "2^x", "abs(x)", "sqrt(x)^2"])
def test_what_is_written_otherwise_is_none(text: str) -> None:
    assert degree_in(parse(text), "x") is None

"""Polynomials as products over their roots: as accurate as their recurrences, at any degree."""

import pytest
import torch

from app.fitting.exports.product_form import product_form
from app.fitting.exports.recurrences import RECURRENCES
from app.fitting.formulas.functions import FUNCTIONS

ROOTS_BEYOND = {"hermite": 14.0, "hermite_e": 20.0, "laguerre": 380.0, "generalized_laguerre": 380.0}


def family_of(name: str) -> tuple[float, ...]:
    return (0.75, -0.25)[: len(RECURRENCES[name].family)]


def test_every_polynomial_has_a_recurrence_of_its_own_arguments() -> None:
    found = {name: ("n", *recurrence.family, "u") for name, recurrence in RECURRENCES.items()}
    assert found == {name: function.arguments for name, function in FUNCTIONS.items() if function.constants}


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 20, 100])
@pytest.mark.parametrize("name", RECURRENCES)
def test_the_product_is_the_polynomial(name: str, degree: int) -> None:
    form = product_form(name, degree, family_of(name))
    widest = ROOTS_BEYOND.get(name, 1.0)
    u = torch.linspace(0.0 if "laguerre" in name else -widest, widest, 41, dtype=torch.float64)
    expected = FUNCTIONS[name].apply(degree, *family_of(name), u)
    computed = torch.full_like(u, form.factor)
    if form.odd:
        computed = computed * u
    for root in form.roots:
        computed = computed * (u - root)
    for square in form.squares:
        computed = computed * (u * u - square)
    # Near a root both lose digits: of what the polynomial is around there.
    nearby = torch.nn.functional.max_pool1d(expected.abs()[None], 3, 1, 1)[0]
    assert bool(((computed - expected).abs() <= 1e-11 * nearby).all())


def test_roots_of_laguerre_are_exact_to_rounding() -> None:
    # L_2 = (u^2 - 4 u + 2) / 2, whose roots are 2 - sqrt(2) and 2 + sqrt(2).
    assert product_form("laguerre", 2).roots == (0.58578643762690495120, 3.4142135623730950488)


def test_even_and_odd_polynomials_are_made_of_squares() -> None:
    form = product_form("legendre", 3)
    assert (form.factor, form.roots, form.squares, form.odd) == (2.5, (), (0.6,), True)

"""Powers are those of torch, whether they are written as products, as roots or by a function."""

import pytest
import torch

from tests.helpers.programs import by_program, by_torch

POSITIVE = torch.tensor([1e-9, 0.02, 0.5, 1.0, 1.7, 12.0], dtype=torch.float64)
ANY = torch.cat([-POSITIVE, torch.zeros(1, dtype=torch.float64), POSITIVE])


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 7, 63, 64, 65, -1, -2, -5, -64])
def test_whole_powers_take_any_base(exponent: int) -> None:
    text = f"u**{exponent}"
    torch.testing.assert_close(by_program(text, ANY), by_torch(text, ANY), rtol=1e-13, atol=0)


@pytest.mark.parametrize("exponent", ["0.5", "1.5", "-0.5", "-1.5", "(1/3)", "2.7", "-0.1", "u", "(u + 1)"])
def test_other_powers_take_a_positive_base(exponent: str) -> None:
    text = f"u**{exponent}"
    torch.testing.assert_close(by_program(text, POSITIVE), by_torch(text, POSITIVE), rtol=1e-13, atol=0)


@pytest.mark.parametrize("exponent", ["0.5", "0.3", "1", "1.5", "2.7"])
def test_a_power_of_0_has_the_derivative_that_the_formula_gives_it(exponent: str) -> None:
    zero = torch.zeros(2, dtype=torch.float64)
    assert by_program(f"u**{exponent}", zero).equal(by_torch(f"u**{exponent}", zero))


@pytest.mark.parametrize("operation", ["<", "<=", ">", ">="])
def test_equal_products_are_equal_to_a_comparison(operation: str) -> None:
    text = f"where(u*1.7 {operation} 1.7*u, 1, 2)"
    assert by_program(text, ANY).equal(by_torch(text, ANY))


def test_a_power_of_a_negative_number_has_no_value_unless_it_is_whole() -> None:
    assert by_program("u**0.5 + u**1.5 + u**2.7", -POSITIVE).isnan().all()

"""What is said of characters that belong to no formula."""

import pytest

from app.fitting.formulas.formula import FormulaError, parse


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("A\N{SUBSCRIPT ONE} * exp(-x/b)", 1, "write A1"),
        ("a * k_\N{SUBSCRIPT ONE}\N{SUBSCRIPT TWO}", 6, "write k_12"),
        ("x % 2", 2, "write mod(u, v)"),
        ("lambda x: a * x", 8, "leave out what stands before it, such as 'lambda x:'"),
        ("f(x) = a * x", 5, "write only its right-hand side"),
        ("where(x == 1, a, b)", 8, "equality is no comparison"),
        ("where(x != 1, a, b)", 8, "equality is no comparison"),
        ("(x > 1) & (x < 2)", 8, "write where(u > v, where(s > t, a, b), b)"),
        ("x > 1 ? a : b", 6, "where(u > v, a, b)"),
        ("where(x \N{GREATER-THAN OR EQUAL TO} 1, a, b)", 8, "write >="),
        ("\N{GREEK SMALL LETTER LAMDA}*x", 0, "write lambda"),
        ("x\N{COPYRIGHT SIGN}", 1, "cannot be used"),
    ],
)
def test_it_is_said_what_to_write(text: str, position: int, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.message

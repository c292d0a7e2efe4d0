"""What is said where two operands stand side by side."""

import pytest

from app.fitting.formulas.formula import FormulaError, parse


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("a x", 2, "an operator such as * is missing here"),
        ("a * sin x", 8, "brackets are missing here: write sin(x)"),
        ("P3 x", 3, "brackets are missing here: write P3(x)"),
        ("sin^2(x)", 5, "the exponent comes last: write sin(...)^2"),
        ("a if x > 0 else b", 2, "where(u > v, a, b) is a where u > v and b elsewhere"),
        ("where(x > 0 and x < 1, a, b)", 12, "a where takes one comparison"),
        ("where(not x > 0, a, b)", 10, "a where takes one comparison"),
    ],
)
def test_it_is_said_what_to_write(text: str, position: int, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.message

"""The words of a formula, and what is said of characters that belong to none."""

import pytest

from app.fitting.formulas.text import MAX_LENGTH, MAX_NAME_LENGTH, FormulaError, Token, tokenize


def test_numbers_names_and_operators_have_their_positions() -> None:
    assert tokenize("a1 * .5e-3") == [
        Token("name", "a1", 0),
        Token("operator", "*", 3),
        Token("number", ".5e-3", 5),
    ]


def test_a_caret_is_a_power() -> None:
    assert [token.text for token in tokenize("x^2")] == ["x", "**", "2"]


def test_blanks_are_no_tokens() -> None:
    assert tokenize(" \t\r\n") == []


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("2x", 1, r"write 2 \* x"),
        ("a = b", 2, "only its right-hand side"),
        ("a \N{MULTIPLICATION SIGN} b", 2, r"write \*"),
        ("\N{GREEK SMALL LETTER ALPHA} * x", 0, "write alpha"),
        ("a + _b", 4, "starts with a letter"),
        ("True * x", 0, "True_"),
        ("1e301", 0, "at most"),
    ],
)
def test_what_is_no_word_is_explained_where_it_stands(text: str, position: int, words: str) -> None:
    with pytest.raises(FormulaError, match=words) as caught:
        tokenize(text)
    assert caught.value.position == position


def test_texts_and_names_have_a_longest() -> None:
    assert len(tokenize("x" * MAX_NAME_LENGTH)) == 1
    with pytest.raises(FormulaError, match="characters"):
        tokenize("x" * (MAX_NAME_LENGTH + 1))
    with pytest.raises(FormulaError, match="characters"):
        tokenize(" " * (MAX_LENGTH + 1))

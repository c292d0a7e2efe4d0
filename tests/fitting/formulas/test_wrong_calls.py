"""What is said of calls of functions that there are not, or that take other arguments."""

import pickle

import pytest

from app.fitting.formulas.formula import FormulaError, parse
from app.fitting.formulas.wrong_calls import ELSEWHERE, UnknownFunctionError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a * fmod(x, 2)", "unknown function 'fmod': write sign(u) * mod(abs(u), abs(v))"),
        ("np.round(x)", "unknown function 'round': write floor(u + 0.5)"),
        ("MIN(x, 2)", "unknown function 'MIN': did you mean min?"),
        ("log(x, 10)", "write log(u)/log(v), log10(u) or log2(u)"),
        ("ln(x, 2)", "write log(u)/log(v), log10(u) or log2(u)"),
        ("heaviside(x, 0.5)", "write heaviside(u), which is 1/2 at 0"),
        ("pow(x)", "write pow(u, v); the number of arguments here is 1"),
        ("min(x, 1, 2)", "write min(u, v); the number of arguments here is 3"),
        ("where(x > 1)", "a comparison stands first in where: where(u > v, a, b) is a where u > v and b elsewhere"),
        ("gaussian(x, a, b, c)", "unknown function 'gaussian'; to multiply, write gaussian * (...)"),
    ],
)
def test_it_is_said_what_to_write(text: str, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.message == words


@pytest.mark.parametrize("texts", ELSEWHERE.values())
def test_what_is_to_be_written_is_a_formula(texts: str) -> None:
    for text in texts.split(" or "):
        assert parse(text, ("u", "v"))


def test_the_name_of_an_unknown_function_is_told_apart_and_travels_between_processes() -> None:
    with pytest.raises(UnknownFunctionError) as caught:
        parse("a + bar(x)")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert (again.function, again.message, again.position) == ("bar", caught.value.message, 4)

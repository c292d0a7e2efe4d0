"""The tokens of a formula: what a formula may be written with, and the message for anything else."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

MAX_LENGTH = 2_000
"""Largest number of characters in a formula."""
MAX_NAME_LENGTH = 50
"""Largest number of characters in a name."""
MAX_NUMBER = 1e300
"""Largest number that can be written in a formula."""


class FormulaError(ValueError):
    """A text is not a formula, or not one that is allowed here.

    `message` says what is wrong in words; `position` is the offset in the text, from 0, that it is about. It may be the
    length of the text, where something is missing at the end.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message, position)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position + 1})"


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a name, or one of `+ - * / ** ( ) ,`, where `**` also stands for `^`, and its offset in the text."""

    kind: Literal["number", "name", "operator", "end"]
    text: str
    position: int


_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*|[-+*/^(),])"
)

_VALUES_OF_PROGRAMS = frozenset({"True", "False", "None"})
_WORD = re.compile("[A-Za-z][A-Za-z0-9_]*")

_HELP = {
    "=": "'=' has no place in a formula: write only its right-hand side",
    "<": "comparisons are not available: where(u, a, b) is a where u > 0 and b elsewhere",
    ">": "comparisons are not available: where(u, a, b) is a where u > 0 and b elsewhere",
    "[": "only round brackets ( ) can be used",
    "{": "only round brackets ( ) can be used",
    "'": "a formula contains no text in quotes",
    '"': "a formula contains no text in quotes",
    ".": "a '.' only belongs inside a number, as in 0.5",
    "|": "'|' cannot be used: write abs(u)",
    "!": "'!' cannot be used: write gamma(n + 1)",
}
_IN_ASCII = {
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{MULTIPLICATION SIGN}": "*",
    "\N{MIDDLE DOT}": "*",
    "\N{DOT OPERATOR}": "*",
    "\N{ASTERISK OPERATOR}": "*",
    "\N{DIVISION SIGN}": "/",
    "\N{SUPERSCRIPT TWO}": "**2",
    "\N{SUPERSCRIPT THREE}": "**3",
    "\N{SQUARE ROOT}": "sqrt(u)",
    "\N{GREEK SMALL LETTER LAMDA}": "lambda",
    "\N{INFINITY}": "a large number",
    "\N{NO-BREAK SPACE}": "a plain blank",
}


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, without the blanks between them.

    Raises FormulaError for a text that is too long and for what can be part of no formula.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"a formula has at most {MAX_LENGTH:,} characters, not {len(text):,}", MAX_LENGTH)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise FormulaError(_help_with(text[position]), position)
        if match["number"]:
            tokens.append(_number(text, match))
        elif match["name"]:
            tokens.append(_name(match[0], position))
        elif match["operator"]:
            tokens.append(Token("operator", match[0].replace("^", "**"), position))
        position = match.end()
    return tokens


def _number(text: str, match: re.Match[str]) -> Token:
    if float(match[0]) > MAX_NUMBER:
        raise FormulaError(f"numbers are at most {MAX_NUMBER:g} here", match.start())
    letters = _WORD.match(text, match.end())
    if letters:
        number, name = match[0][:MAX_NAME_LENGTH], letters[0][:MAX_NAME_LENGTH]
        raise FormulaError(f"an operator is missing: write {number} * {name}", match.end())
    return Token("number", match[0], match.start())


def _name(name: str, position: int) -> Token:
    if len(name) > MAX_NAME_LENGTH:
        raise FormulaError(f"names have at most {MAX_NAME_LENGTH} characters, not {len(name):,}", position)
    if name.startswith("_"):
        raise FormulaError("a name starts with a letter", position)
    if name in _VALUES_OF_PROGRAMS:
        raise FormulaError(f"{name!r} is no number: choose another name, such as {name}_", position)
    return Token("name", name, position)


def _help_with(character: str) -> str:
    if character in _HELP:
        return _HELP[character]
    spelled = unicodedata.name(character, "")
    in_ascii = _IN_ASCII.get(character)
    if in_ascii is None and spelled.startswith("GREEK SMALL LETTER ") and spelled.count(" ") == 3:
        in_ascii = spelled.split()[-1].lower()
    return f"the character {character!r} cannot be used" + (f": write {in_ascii}" if in_ascii else "")

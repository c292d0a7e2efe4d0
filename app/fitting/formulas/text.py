"""The tokens of a formula: what a formula may be written with, and the message for anything else."""

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

from app.fitting.formulas.characters import help_with

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
    """A number, a name, or one of `+ - * / ** ( ) , < > <= >=`, where `**` is `^` too, and its offset in the text."""

    kind: Literal["number", "name", "operator", "end"]
    text: str
    position: int


_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?:np|numpy|[mM]ath|(?:scipy\.|torch\.)?special|torch)\."
    r"(?:(?P<constant>pi|e|PI|E)(?![A-Za-z0-9_(])|(?P<function>[A-Za-z][A-Za-z0-9_]*)(?=[ \t\r\n]*\())"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*|[<>]=?|[-+*/^(),])"
)

_VALUES_OF_PROGRAMS = frozenset({"True", "False", "None"})
_WORD = re.compile("[A-Za-z][A-Za-z0-9_]*")
_CONSTANTS_OF_MODULES = {"pi": Token("name", "pi", 0), "e": Token("number", repr(math.e), 0)}


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text, without the blanks between them.

    The modules of programs that people copy from are left out: np.exp(x) is exp(x), math.pi is pi, and np.e is the
    number even where a variable is called e.

    Raises FormulaError for a text that is too long and for what can be part of no formula.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"a formula has at most {MAX_LENGTH:,} characters, not {len(text):,}", MAX_LENGTH)
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise FormulaError(help_with(text, position), position)
        if match["number"]:
            tokens.append(_number(text, match))
        elif match["name"]:
            tokens.append(_name(match[0], position))
        elif match["function"]:
            tokens.append(_name(match["function"], match.start("function")))
        elif match["constant"]:
            tokens.append(replace(_CONSTANTS_OF_MODULES[match["constant"].lower()], position=position))
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

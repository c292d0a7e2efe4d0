"""Formula text -> tree: the grammar of formulas, and what is said where a text does not follow it.

The grammar is Python's for arithmetic: `**` (or `^`) binds tighter than a sign and groups from the right, then `*` and
`/`, then `+` and `-`, which group from the left. The text never reaches Python's own parser: what this module has no
rule for cannot be said in a formula, and the depth of the tree is bounded while it is built.
"""

import keyword
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

MAX_LENGTH = 2_000
"""Characters in a formula."""
MAX_NAME_LENGTH = 50
"""Characters in a name."""
MAX_NUMBER = 1e300
"""Largest number that can be written in a formula."""
MAX_DEPTH = 100
"""Levels of brackets, functions, signs, powers and right operands inside one another."""


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
    """A number, a name, or one of `+ - * / ** ( ) ,`; `^` is told as `**`. `position` is its offset in the text."""

    kind: Literal["number", "name", "operator", "end"]
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Number:
    """A number, always a float, so that no whole number can grow without bound."""

    position: int
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, a parameter or a constant."""

    position: int
    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """The operand with its sign turned."""

    position: int
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Chain:
    """`+` and `-`, or `*` and `/`, worked from left to right: however long, it is one level deep."""

    position: int
    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Power:
    """The base raised to the exponent."""

    position: int
    base: "Node"
    exponent: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    position: int
    function: str
    arguments: tuple["Node", ...]


Node: TypeAlias = Number | Name | Negative | Chain | Power | Call

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>\*\*|[-+*/^(),])"
)

_WORD = re.compile("[A-Za-z][A-Za-z0-9_]*")

_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_SIGN_BINDING = 3

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
    "\N{GREEK SMALL LETTER LAMDA}": "lambda_",
    "\N{INFINITY}": "a large number",
    "\N{NO-BREAK SPACE}": "a plain blank",
}


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, without the blanks between them.

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
        number, name = shortened(match[0]), shortened(letters[0])
        raise FormulaError(f"an operator is missing: write {number} * {name}", match.end())
    return Token("number", match[0], match.start())


def _name(name: str, position: int) -> Token:
    if len(name) > MAX_NAME_LENGTH:
        raise FormulaError(f"names have at most {MAX_NAME_LENGTH} characters, not {len(name):,}", position)
    if name.startswith("_"):
        raise FormulaError("a name starts with a letter", position)
    if keyword.iskeyword(name):
        raise FormulaError(f"{name!r} is a reserved word: choose another name, such as {name}_", position)
    return Token("name", name, position)


def _help_with(character: str) -> str:
    if character in _HELP:
        return _HELP[character]
    spelled = unicodedata.name(character, "")
    in_ascii = _IN_ASCII.get(character)
    if in_ascii is None and spelled.startswith("GREEK SMALL LETTER ") and spelled.count(" ") == 3:
        in_ascii = spelled.split()[-1].lower()
    return f"the character {character!r} cannot be used" + (f": write {in_ascii}" if in_ascii else "")


def shortened(text: str) -> str:
    """What a message echoes of a text: its first 50 characters."""
    return text[:MAX_NAME_LENGTH]


def read_tree(text: str) -> Node:
    """The tree of a formula.

    Raises FormulaError where the text does not follow the grammar or passes one of the bounds of this module.
    """
    if not text.strip():
        raise FormulaError("the formula is empty", 0)
    return _Reader(text).read()


class _Reader:
    """Operator-precedence reader: a method per rule, one token of lookahead."""

    def __init__(self, text: str) -> None:
        self._tokens = iter([*tokenize(text), Token("end", "", len(text))])
        self._current = next(self._tokens)
        self._depth = 0

    def read(self) -> Node:
        tree = self._expression(0)
        if self._current.kind != "end":
            raise self._misplaced()
        return tree

    def _take(self) -> Token:
        taken = self._current
        self._current = next(self._tokens, taken)
        return taken

    def _expression(self, binding: int) -> Node:
        """Read an operand and whatever is joined to it by operators that bind tighter than `binding`."""
        position = self._current.position
        if self._depth == MAX_DEPTH:
            raise FormulaError(f"brackets and operators are nested more than {MAX_DEPTH} deep", position)
        self._depth += 1
        left = self._operand()
        while _BINDING.get(self._current.text, 0) > binding:
            operator = self._take().text
            if operator == "**":
                left = Power(position, left, self._expression(_SIGN_BINDING))
            else:
                left = _chained(position, left, operator, self._expression(_BINDING[operator]))
        self._depth -= 1
        return left

    def _operand(self) -> Node:
        token = self._current
        if token.kind == "end" or (token.kind == "operator" and token.text not in ("+", "-", "(")):
            raise FormulaError("a number, a name or a '(' is missing here", token.position)
        self._take()
        if token.kind == "number":
            return Number(token.position, float(token.text))
        if token.kind == "name":
            return self._named(token)
        if token.text == "(":
            inside = self._expression(0)
            self._close(token)
            return inside
        operand = self._expression(_SIGN_BINDING)
        return Negative(token.position, operand) if token.text == "-" else operand

    def _named(self, token: Token) -> Node:
        if self._current.text != "(":
            return Name(token.position, token.text)
        opening = self._take()
        arguments: list[Node] = []
        if self._current.text != ")":
            arguments.append(self._expression(0))
        while arguments and self._current.text == ",":
            self._take()
            arguments.append(self._expression(0))
        self._close(opening)
        return Call(token.position, token.text, tuple(arguments))

    def _close(self, opening: Token) -> None:
        if self._current.kind == "end":
            raise FormulaError("this '(' has no ')'", opening.position)
        if self._current.text != ")":
            raise self._misplaced()
        self._take()

    def _misplaced(self) -> FormulaError:
        messages = {
            ")": "this ')' has no '('",
            ",": "a ',' only separates the arguments of a function; decimals are written with a '.'",
        }
        message = messages.get(self._current.text, "an operator such as * is missing here")
        return FormulaError(message, self._current.position)


def _chained(position: int, left: Node, operator: str, right: Node) -> Chain:
    if isinstance(left, Chain) and _BINDING[left.rest[0][0]] == _BINDING[operator]:
        return Chain(position, left.first, (*left.rest, (operator, right)))
    return Chain(position, left, ((operator, right),))

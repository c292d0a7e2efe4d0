"""What is said of a character that belongs to no formula: what to write in its place."""

import re
import unicodedata

COMPARE = "a comparison stands first in where: where(u > v, a, b) is a where u > v and b elsewhere"
"""What is said of a comparison that stands elsewhere, and of other ways to choose."""
_EQUAL = "equality is no comparison of formulas: where(u > v, a, b) and where(u >= v, a, b) are"
JOINED = "a where takes one comparison: for both of two write where(u > v, where(s > t, a, b), b)"
"""What is said of comparisons that are joined."""
_BRACKETS = "only round brackets ( ) can be used"
_QUOTES = "a formula contains no text in quotes"

_HELP = {
    "=": "'=' has no place in a formula: write only its right-hand side",
    ":": "':' has no place in a formula: leave out what stands before it, such as 'lambda x:'",
    "?": COMPARE,
    "&": JOINED,
    "~": JOINED,
    "[": _BRACKETS,
    "{": _BRACKETS,
    "'": _QUOTES,
    '"': _QUOTES,
    ".": "a '.' only belongs inside a number, as in 0.5",
    "|": "'|' cannot be used: write abs(u)",
    "!": "'!' cannot be used: write gamma(n + 1)",
    "%": "'%' cannot be used: write mod(u, v) for the remainder of u / v",
    "\N{NOT EQUAL TO}": _EQUAL,
}
_PAIRS = {"==": _EQUAL, "!=": _EQUAL, "&&": JOINED, "||": JOINED}
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
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
}
_SUBSCRIPTS = "".join(chr(code) for code in range(ord("\N{SUBSCRIPT ZERO}"), ord("\N{SUBSCRIPT NINE}") + 1))
_SUBSCRIPTED = re.compile(f"([A-Za-z0-9_]*)([{_SUBSCRIPTS}]+)")


def help_with(text: str, position: int) -> str:
    """Return what is said of the character at a position of a text, which can be part of no formula there."""
    character = text[position]
    words = _PAIRS.get(text[position : position + 2]) or _HELP.get(character)
    if words:
        return words
    in_ascii = _IN_ASCII.get(character) or _greek(character) or _with_digits(text, position)
    return f"the character {character!r} cannot be used" + (f": write {in_ascii}" if in_ascii else "")


def _greek(character: str) -> str | None:
    spelled = unicodedata.name(character, "")
    is_letter = spelled.startswith("GREEK SMALL LETTER ") and spelled.count(" ") == 3
    return spelled.split()[-1].lower() if is_letter else None


def _with_digits(text: str, position: int) -> str | None:
    """Return a name with plain digits in the place of those that are set low, as in A\N{SUBSCRIPT ONE}."""
    name = next((match for match in _SUBSCRIPTED.finditer(text) if match.start(2) == position), None)
    return name and name[1] + "".join(str(_SUBSCRIPTS.index(digit)) for digit in name[2])

"""How people write names and numbers: a letter with subscripts, a Greek letter, a word; a power of ten."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

_GREEK = """
alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi varphi chi
psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = frozenset(_GREEK.split())
"""Names that are written as a Greek letter."""
_NUMBERED = re.compile(r"([A-Za-z]+)([0-9]*)")
_EXPONENT = re.compile(r"(-?)([0-9.]+)e([+-])0*([0-9]+)")


@dataclass(frozen=True)
class Symbol:
    """What a name is written as: a letter, a Greek letter or a word, with subscripts, or the name as it is."""

    base: str
    subscripts: tuple[str, ...] = ()
    as_it_is: bool = False
    """Whether the base is the whole name, in letters as they stand."""

    @property
    def is_greek(self) -> bool:
        """Tell whether the base is written as a Greek letter."""
        return self.base in GREEK and not self.as_it_is


def symbols_of(names: Iterable[str]) -> dict[str, Symbol]:
    """Return a symbol for each name; names that would look the same are written as they are."""
    symbols = {name: _symbol(name) for name in names}
    counts = Counter(symbols.values())
    return {name: symbol if counts[symbol] == 1 else Symbol(name, as_it_is=True) for name, symbol in symbols.items()}


def _symbol(name: str) -> Symbol:
    """Return the symbol of a name: one letter may have words as subscripts, a longer word only numbers."""
    words = [word for word in name.split("_") if word]
    numbered = _NUMBERED.fullmatch(words[0])
    if numbered is None:
        return Symbol(name, as_it_is=True)
    base, number = numbered.groups()
    subscripts = [number, *words[1:]] if number else words[1:]
    is_letter = len(base) == 1 or base in GREEK
    if not is_letter and not all(word.isdigit() for word in subscripts):
        return Symbol(name, as_it_is=True)
    return Symbol(base, tuple(subscripts))


@dataclass(frozen=True)
class Decimal:
    """A number as people write it: sign, digits, and a power of ten where there is one."""

    digits: str
    negative: bool = False
    exponent: str | None = None


def decimal_of(value: float) -> Decimal:
    """Return a number with as many digits as give the same float64 again."""
    text = repr(value).removesuffix(".0")
    exponential = _EXPONENT.fullmatch(text)
    if exponential is None:
        return Decimal(text.removeprefix("-"), text.startswith("-"))
    sign, digits, exponent_sign, exponent = exponential.groups()
    return Decimal(digits, bool(sign), exponent_sign.strip("+") + exponent)

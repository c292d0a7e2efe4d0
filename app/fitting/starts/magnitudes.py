"""The rough size that a parameter has, told from its formula as a physicist tells a unit.

What is added has one size, what an exponential is taken of is about 1, the whole is as large as y: in `a * exp(-b * x)`
the size of a is that of y, and that of b is 1 over that of x. Sizes are sums of logarithms, so these sentences are
linear equations.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

Key: TypeAlias = tuple[str, ...]
"""What a size is a power of: ("parameter", name), ("variable", name), ("response",), ("number",) with the number's
logarithm as its power, or ("power", parameter, variable): the variable to the power of a parameter's value."""

NUMBER: Key = ("number",)
RESPONSE: Key = ("response",)


class Magnitude(NamedTuple):
    """A size, as the powers of what it is made of."""

    powers: Mapping[Key, float]

    def times(self, other: "Magnitude", power: float = 1.0) -> "Magnitude":
        """Return the size of a product with another size raised to a power."""
        powers = dict(self.powers)
        for key, own in other.powers.items():
            powers[key] = powers.get(key, 0.0) + power * own
        return Magnitude({key: own for key, own in powers.items() if own})

    def without(self, key: Key) -> "Magnitude":
        """Return the size without one of the things it is made of."""
        return Magnitude({other: power for other, power in self.powers.items() if other != key})


ONE = Magnitude({})
"""The size of what has none: an angle, an exponent."""


@dataclass
class Sizes:
    """The sizes of parameters, from one equation after another; one that contradicts those before it is left out."""

    known: dict[Key, Magnitude] = field(default_factory=dict)
    """Sizes of parameters, in what is no parameter or in parameters that are not known."""

    def equal(self, left: Magnitude, right: Magnitude) -> None:
        """Take two sizes for equal."""
        difference = self.resolved(left.times(right, -1.0))
        key = next((key for key in difference.powers if key[0] == "parameter"), None)
        if key is None:
            return
        size = ONE.times(difference.without(key), -1.0 / difference.powers[key])
        self.known = {other: _with(known, key, size) for other, known in self.known.items()} | {key: size}

    def resolved(self, magnitude: Magnitude) -> Magnitude:
        """Return a size with every parameter that is known replaced by its size."""
        for key in [*magnitude.powers]:
            if key in self.known:
                magnitude = _with(magnitude, key, self.known[key])
        return magnitude

    def of(self, name: str) -> Magnitude | None:
        """Return the size of a parameter; None where nothing tells it."""
        size = self.known.get(("parameter", name))
        if size is None or any(key[0] == "parameter" for key in size.powers):
            return None
        return size


def _with(magnitude: Magnitude, key: Key, size: Magnitude) -> Magnitude:
    power = magnitude.powers.get(key)
    return magnitude if power is None else magnitude.without(key).times(size, power)


def exponents_in(magnitude: Magnitude) -> Iterator[str]:
    """Yield the parameters on whose values a size depends."""
    for key in magnitude.powers:
        if key[0] == "power":
            yield key[1]

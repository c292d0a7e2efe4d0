"""What shapes a model of the library beside its parameters."""

import math
from dataclasses import dataclass, field

LARGEST = 1e300
"""Largest number that an option may be."""

Value = int | float | str


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    default: int
    lowest: int
    highest: int
    meaning: str

    def checked(self, value: object) -> int:
        """Return a value if it is one of this option. Raise ValueError, with what it may be, if it is not."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.lowest <= value <= self.highest:
            raise ValueError(f"give a whole number from {self.lowest} to {self.highest}")
        return value


@dataclass(frozen=True)
class Number:
    """Any number, or one greater than 0."""

    default: float
    meaning: str
    positive: bool = False

    def checked(self, value: object) -> float:
        """Return a value if it is one of this option. Raise ValueError, with what it may be, if it is not."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
            raise ValueError("give a number")
        if self.positive and not value > 0:
            raise ValueError("give a number greater than 0")
        return float(value)


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    default: str
    choices: tuple[str, ...]
    meaning: str

    def checked(self, value: object) -> str:
        """Return a value if it is one of this option. Raise ValueError, with what it may be, if it is not."""
        if not isinstance(value, str) or value not in self.choices:
            raise ValueError(f"give one of: {', '.join(self.choices)}")
        return value


Option = Whole | Number | Choice


@dataclass(frozen=True)
class Values:
    """The values of the options of a model, by the kind of the option."""

    by_name: dict[str, Value] = field(default_factory=dict)

    def whole(self, name: str) -> int:
        """Return the value of a whole number."""
        return int(self.by_name[name])

    def number(self, name: str) -> float:
        """Return the value of a number."""
        return float(self.by_name[name])

    def word(self, name: str) -> str:
        """Return the value of a choice."""
        return str(self.by_name[name])


def near(low: float, span: float) -> float:
    """Return a round number at or just below `low`, rounded to the decimal place of `span`."""
    unit = 10.0 ** math.floor(math.log10(span)) if 0 < span < math.inf else 1.0
    rounded = math.floor(low / unit) * unit
    return rounded if math.isfinite(rounded) else low

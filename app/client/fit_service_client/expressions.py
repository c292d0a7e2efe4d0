"""The text of a formula while it grows: parts know how tightly they hold together, so brackets stand where needed."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

LONGEST = 2_000
"""Most characters of a formula that the service reads."""
LARGEST = 1e300
"""Largest number in a formula."""

SUM, PRODUCT, SIGNED, POWER, ATOM = range(5)
"""How tightly a part holds together: a sum the least, a number, a name or a call the most."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A part of a formula. Raises TypeError for one that is longer than a formula may be."""

    text: str
    level: int = ATOM

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST:
            raise TypeError(
                f"the function becomes a formula of more than {LONGEST:,} characters: let it do less, "
                "or give values that occur again and again as fewer terms"
            )

    @property
    def after_sign(self) -> str:
        """Return the text as the right side of a sum, where no second sign follows the first."""
        return f"({self.text})" if self.level < PRODUCT or self.text.startswith("-") else self.text

    def within(self, level: int) -> str:
        """Return the text as an operand that has to hold together at least so tightly."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison or several joined: true where one expression is greater than another, or not less."""

    left: Expression
    sign: str
    right: Expression

    @property
    def text(self) -> str:
        """Return the comparison as the first argument of `where`."""
        return f"{self.left.text} {self.sign} {self.right.text}"


Part: TypeAlias = Expression | Condition


def number(value: float) -> Expression:
    """Return a number. Raises TypeError for one that no formula can hold."""
    if not abs(value) <= LARGEST:
        raise TypeError(f"the function has the number {value!r} in it, which no formula can hold")
    # Python's shortest digits that give the same number again.
    text = repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return Expression(text, SIGNED if math.copysign(1, value) < 0 else ATOM)


ONE, ZERO, TWO = number(1), number(0), number(2)


def add(left: Expression, right: Expression) -> Expression:
    """Return left + right."""
    return Expression(f"{left.text} + {right.after_sign}", SUM)


def subtract(left: Expression, right: Expression) -> Expression:
    """Return left - right."""
    return Expression(f"{left.text} - {right.after_sign}", SUM)


def multiply(left: Expression, right: Expression) -> Expression:
    """Return left * right."""
    return Expression(f"{left.within(PRODUCT)} * {right.within(POWER)}", PRODUCT)


def divide(left: Expression, right: Expression) -> Expression:
    """Return left / right."""
    return Expression(f"{left.within(PRODUCT)} / {right.within(POWER)}", PRODUCT)


def power(base: Expression, exponent: Expression) -> Expression:
    """Return base to the power exponent."""
    return Expression(f"{base.within(ATOM)}^{exponent.within(ATOM)}", POWER)


def negative(operand: Expression) -> Expression:
    """Return -operand."""
    return Expression(f"-{operand.within(POWER)}", SIGNED)


def call(name: str, *arguments: Expression) -> Expression:
    """Return a function of the arguments."""
    return Expression(f"{name}({', '.join(argument.text for argument in arguments)})")


def where(condition: Condition, then: Expression, otherwise: Expression) -> Expression:
    """Return `then` where the condition holds, and `otherwise` elsewhere."""
    return Expression(f"where({condition.text}, {then.text}, {otherwise.text})")


def as_number(part: Part) -> Expression:
    """Return a condition as 1 where it holds and 0 elsewhere, as NumPy takes it; an expression as it is."""
    return where(part, ONE, ZERO) if isinstance(part, Condition) else part


def both(left: Condition, right: Condition) -> Condition:
    """Return the condition that holds where both hold."""
    return Condition(multiply(as_number(left), as_number(right)), ">", ZERO)


def either(left: Condition, right: Condition) -> Condition:
    """Return the condition that holds where one of them holds, or both."""
    return Condition(add(as_number(left), as_number(right)), ">", ZERO)


def opposite(condition: Condition) -> Condition:
    """Return the condition that holds where the other does not."""
    return Condition(as_number(condition), "<", ONE)


Builder: TypeAlias = Callable[..., Expression]
"""Makes an expression of the expressions that are its arguments."""

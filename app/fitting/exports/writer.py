"""The walk from a formula's tree to text in another language, with no more brackets than it needs."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from app.fitting.exports.fitted_model import ExportError
from app.fitting.formulas.formula import constant_value
from app.fitting.formulas.functions import CONSTANTS, FUNCTIONS, Function, find_function
from app.fitting.formulas.stable_products import with_exp_erfc
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power


class Binding(IntEnum):
    """The tightness with which the parts of a text hold together, loosest first."""

    SUM = 1
    PRODUCT = 2
    SIGN = 3
    POWER = 4
    ATOM = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of a part of a formula, and how tightly it holds together."""

    text: str
    binding: Binding = Binding.ATOM

    def within(self, binding: Binding) -> str:
        """Return the text, in brackets where its surroundings bind more tightly."""
        return self.text if self.binding >= binding else self.bracketed

    @property
    def bracketed(self) -> str:
        """Return the text in brackets."""
        return f"({self.text})"


Rule = Callable[..., Piece]
"""A function that writes a call from the numbers and pieces of its arguments, in the order of `Function.arguments`."""

_SLOT = re.compile(r"<([0-9])(?::([a-z]+))?>")


def call(name: str) -> Rule:
    """Return the rule that writes a call as in `name(3, u)`."""

    def rule(*arguments: float | Piece) -> Piece:
        texts = [argument.text if isinstance(argument, Piece) else _number_text(argument) for argument in arguments]
        return Piece(f"{name}({', '.join(texts)})")

    return rule


def _number_text(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def template(text: str, binding: Binding = Binding.ATOM) -> Rule:
    """Return the rule that fills the slots of a text.

    `<0>` is the first argument; `<0:power>` has brackets around it if it binds less tightly than a power.
    """

    def rule(*arguments: Piece) -> Piece:
        def filled(slot: re.Match[str]) -> str:
            return arguments[int(slot[1])].within(Binding[(slot[2] or "sum").upper()])

        return type(arguments[0])(_SLOT.sub(filled, text), binding)

    return rule


_NAME_OF: dict[Function, str] = {function: name for name, function in reversed(list(FUNCTIONS.items()))}
"""The name of each function; for aliases it is the name that they stand for."""


def resolved_call(node: Call) -> tuple[str, list[float], tuple[Node, ...]]:
    """Return the called function's name in FUNCTIONS, the numbers among its arguments, and the other arguments.

    Raises ExportError where there is no such function.
    """
    function_and_arguments = find_function(node.function)
    if function_and_arguments is None:
        raise ExportError(f"there is no function {node.function}")
    function, leading_arguments = function_and_arguments
    count = function.constants - len(leading_arguments)
    numbers = [*leading_arguments, *map(constant_value, node.arguments[:count])]
    return _NAME_OF[function], numbers, node.arguments[count:]


class Writer(ABC):
    """Writes trees. `names` holds the texts of variables and parameters; `used` collects the functions that occur."""

    language: ClassVar[str]
    functions: ClassVar[Mapping[str, Rule]]
    constants: ClassVar[Mapping[str, Piece]]
    joins_exp_and_erfc: bool = True
    """Whether a product of both is written as one function, which has a value where a factor has none."""
    plus: ClassVar[str] = " + "
    minus: ClassVar[str] = " - "
    times: ClassVar[str] = "*"
    sign: ClassVar[str] = "-"
    """What stands before something negative."""
    divided: ClassVar[str] = "/"
    negated: ClassVar[Binding] = Binding.PRODUCT
    """The binding that the operand of a leading minus needs at least."""

    def __init__(self, names: Mapping[str, Piece]) -> None:
        self.names = names
        # An ordered set.
        self.used: dict[str, None] = {}

    @abstractmethod
    def number(self, value: float) -> Piece:
        """Write a number, with as many digits as give the same float64 again."""

    @abstractmethod
    def power(self, base: Piece, exponent: Piece) -> Piece:
        """Write a power."""

    def write(self, node: Node) -> Piece:
        """Return the text of a tree. Raise ExportError where the language can't express it."""
        match node:
            case Number():
                return self.number(node.value)
            case Name():
                return self.names[node.name] if node.name in self.names else self.constants[node.name]
            case Negative():
                return self.negative(self.write(node.operand))
            case Chain():
                stable = with_exp_erfc(node, self.names) if self.joins_exp_and_erfc else node
                if stable is not node:
                    return self.write(stable)
                rest = [(symbol, self.write(operand)) for symbol, operand in node.rest]
                combine = self.sum if rest[0][0] in "+-" else self.product
                return combine(self.write(node.first), rest)
            case Power():
                return self.power(self.write(node.base), self.write(node.exponent))
            case _:
                return self._call(node)

    def negative(self, operand: Piece) -> Piece:
        """Write the operand with its sign turned."""
        make = type(operand)
        if operand.text.startswith(self.sign) and operand.binding > Binding.SUM:
            return make(
                operand.text.removeprefix(self.sign),
                Binding.PRODUCT if operand.binding == Binding.PRODUCT else Binding.POWER,
            )
        is_product = operand.binding == self.negated == Binding.PRODUCT
        return make(self.sign + operand.within(self.negated), Binding.PRODUCT if is_product else Binding.SIGN)

    def sum(self, first: Piece, rest: list[tuple[str, Piece]]) -> Piece:
        """Write a sum; `+ -2` becomes `- 2`."""
        text = first.text
        for symbol, piece in rest:
            term = piece.within(Binding.PRODUCT)
            turned = term.startswith(self.sign)
            text += (self.plus if (symbol == "+") != turned else self.minus) + term.removeprefix(self.sign)
        return type(first)(text, Binding.SUM)

    def product(self, first: Piece, rest: list[tuple[str, Piece]]) -> Piece:
        """Write a product."""
        text = first.within(Binding.PRODUCT)
        for symbol, piece in rest:
            text += (self.times if symbol == "*" else self.divided) + piece.within(Binding.POWER)
        return type(first)(text, Binding.PRODUCT)

    def _call(self, node: Call) -> Piece:
        name, numbers, arguments = resolved_call(node)
        rule = self.functions.get(name)
        if rule is None:
            others = " or ".join(other for other in ("python", "latex") if other != self.language.lower())
            message = f"there is no function {name} in {self.language}: choose another format, such as {others}"
            raise ExportError(message)
        self.used[name] = None
        return rule(*numbers, *map(self.write, arguments))


def signed(text: str) -> Piece:
    """Return the piece of a number that is written with digits and perhaps a sign."""
    return Piece(text, Binding.SIGN if text.startswith("-") else Binding.ATOM)


FLOAT_CONSTANTS = {name: Piece(repr(value)) for name, value in CONSTANTS.items()}
"""The pieces of the constants, for languages that write them as numbers."""

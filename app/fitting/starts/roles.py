"""The roles of parameters, read from the tree of a formula: size, place among the data, phase, rate of an oscillation.

A role says where a parameter is looked for first. It need not be right: other candidates are drawn by the data alone.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import reduce

from app.fitting.formulas.formula import Formula, constant_value, formula_of
from app.fitting.formulas.functions import CONSTANTS
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power
from app.fitting.formulas.walk import names_in, parts
from app.fitting.starts.magnitudes import NUMBER, ONE, RESPONSE, Magnitude, Sizes

_PERIODIC = frozenset({"sin", "cos", "tan"})
_SIZED = frozenset({"abs", "minimum", "maximum", "clip", "hypot", "where", "min", "max", "absolute"})
"""Functions whose value has the size of an argument."""
_ROOTS = {"sqrt": 0.5, "cbrt": 1 / 3}


@dataclass(frozen=True)
class Place:
    """A parameter that stands in a sum with a variable: it is where the sum is 0."""

    name: str
    sign: float
    """Its sign in the sum."""
    rest: Formula
    """The other terms of the sum."""


@dataclass(frozen=True)
class Roles:
    """What a formula tells of its parameters."""

    sizes: Sizes
    places: tuple[Place, ...]
    """In an order in which the other terms of each need no place that comes later, as far as there is one."""
    phases: frozenset[str]
    """Parameters that are added to the angle of an oscillation."""
    rates: frozenset[str]
    """Parameters that a variable in the angle of an oscillation is multiplied or divided by."""
    exponents: frozenset[str]
    oscillates: bool
    """Whether a variable stands in the angle of an oscillation."""


def roles_of(tree: Node, variables: Collection[str]) -> Roles:
    """Return the roles of all parameters of a tree; every name that is no variable and no constant is one."""
    reader = _Reader(variables)
    whole = reader.size(tree)
    if whole is not None:
        reader.sizes.equal(whole, Magnitude({RESPONSE: 1.0}))
    return Roles(
        reader.sizes,
        tuple(reader.places.values()),
        frozenset(reader.phases),
        frozenset(reader.rates),
        frozenset(name for name in reader.exponents if not reader.has_unit(name)),
        reader.oscillates,
    )


class _Reader:
    """Walks through a tree from the leaves to the root, and gathers what it tells."""

    def __init__(self, variables: Collection[str]) -> None:
        self.sizes = Sizes()
        self.places: dict[str, Place] = {}
        self.phases: set[str] = set()
        self.rates: set[str] = set()
        self.exponents: set[str] = set()
        self.oscillates = False
        self._variables = variables

    def has_unit(self, name: str) -> bool:
        """Tell whether a parameter is as large as something that was measured."""
        size = self.sizes.of(name)
        return size is not None and any(key != NUMBER for key in size.powers)

    def size(self, node: Node) -> Magnitude | None:
        """Return the size of a part; None where nothing tells it."""
        constant = self._constant(node)
        if constant is not None:
            return Magnitude({NUMBER: math.log(abs(constant))}) if constant else None
        match node:
            case Name():
                kind = "variable" if node.name in self._variables else "parameter"
                return Magnitude({(kind, node.name): 1.0})
            case Negative():
                return self.size(node.operand)
            case Chain() if node.rest[0][0] in "+-":
                return self._sum(node)
            case Chain():
                return self._product(node)
            case Power():
                return self._power(node)
            case Call():
                return self._call(node)
        return None

    def _constant(self, node: Node) -> float | None:
        if isinstance(node, Number):
            return node.value
        if all(name in CONSTANTS and name not in self._variables for name in names_in(node)):
            return constant_value(node)
        return None

    def _sum(self, node: Chain) -> Magnitude | None:
        self._find_place(node)
        sizes = [size for size in map(self.size, parts(node)) if size is not None]
        for size in sizes[1:]:
            self.sizes.equal(size, sizes[0])
        return sizes[0] if sizes else None

    def _product(self, node: Chain) -> Magnitude | None:
        signs = [1.0, *(1.0 if symbol == "*" else -1.0 for symbol, _ in node.rest)]
        # Every factor is looked at, also where one has no size.
        sizes = [self.size(factor) for factor in parts(node)]
        told = [size for size in sizes if size is not None]
        if len(told) < len(sizes):
            return None
        return reduce(lambda product, factor: product.times(*factor), zip(told, signs, strict=True), ONE)

    def _power(self, node: Power) -> Magnitude | None:
        base = self.size(node.base)
        exponent = self._constant(node.exponent)
        if exponent is not None:
            return None if base is None else ONE.times(base, exponent)
        inner = self.size(node.exponent)
        if inner is not None:
            self.sizes.equal(inner, ONE)
        if self._constant(node.base) is not None:
            return ONE
        if not any(name in self._variables for name in names_in(node.exponent)):
            self.exponents |= set(self._parameters(node.exponent))
        match node.base, node.exponent:
            case Name(name=variable), Name(name=name) if variable in self._variables:
                return Magnitude({("power", name, variable): 1.0})
            case Name(name=variable), Negative(operand=Name(name=name)) if variable in self._variables:
                return Magnitude({("power", name, variable): -1.0})
        if base is not None and any(self._parameters(node.base)):
            self.sizes.equal(base, ONE)
            return ONE
        return None

    def _call(self, node: Call) -> Magnitude | None:
        sizes = [self.size(argument) for argument in node.arguments]
        if node.function in _SIZED:
            told = [size for size in (sizes[1:] if node.function == "where" else sizes) if size is not None]
            for size in told[1:]:
                self.sizes.equal(size, told[0])
            return told[0] if told else None
        if node.function in _ROOTS:
            return None if sizes[0] is None else ONE.times(sizes[0], _ROOTS[node.function])
        for argument in sizes:
            if argument is not None:
                self.sizes.equal(argument, ONE)
        if node.function in _PERIODIC:
            self.oscillates = self.oscillates or any(name in self._variables for name in names_in(node))
            self._find_rates(node.arguments[0])
        return ONE

    def _find_rates(self, angle: Node) -> None:
        terms = parts(angle) if isinstance(angle, Chain) and angle.rest[0][0] in "+-" else [angle]
        for term in terms:
            inner = term.operand if isinstance(term, Negative) else term
            if isinstance(inner, Name):
                self.phases |= {inner.name} - set(self._variables)
            elif any(name in self._variables for name in names_in(inner)):
                self.rates |= {name for name in self._parameters(inner) if name not in self.places}
        for name in self.phases:
            self.places.pop(name, None)

    def _find_place(self, node: Chain) -> None:
        """Take the last parameter that is a term of its own, if another term has a variable, for a place."""
        terms = [("+", node.first), *node.rest]
        for index in reversed(range(len(terms))):
            symbol, term = terms[index]
            negated = isinstance(term, Negative)
            inner = term.operand if isinstance(term, Negative) else term
            if not isinstance(inner, Name) or inner.name not in set(self._parameters(inner)):
                continue
            others = [*terms[:index], *terms[index + 1 :]]
            if inner.name in self.places or not any(
                name in self._variables for _, other in others for name in names_in(other)
            ):
                continue
            rest = Chain(node.position, Number(node.position, 0.0), tuple(others))
            sign = -1.0 if negated != (symbol == "-") else 1.0
            self.places[inner.name] = Place(inner.name, sign, formula_of(rest, self._variables))
            return

    def _parameters(self, node: Node) -> Iterator[str]:
        return (name for name in names_in(node) if name not in self._variables and name not in CONSTANTS)

"""Products of exp and erfc as one function, which has a value where one factor overflows and the other underflows.

Exponentially modified Gaussians and the peaks of neutron beamlines are such products. The tree that is read stays as it
was written; whatever works out its value, or writes it for another program, asks here first.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power


@dataclass(frozen=True, slots=True)
class _Factor:
    node: Node
    divides: bool


def with_exp_erfc(node: Chain, names: Collection[str]) -> Node:
    """Return a product with `exp_erfc` in the place of erfc and of all powers of e in it; any other chain as it is.

    `names` are those of variables and parameters: where e is one of them, it is not the number. Signs and products in
    brackets are looked into.
    """
    if node.rest[0][0] in "+-":
        return node
    factors = list(_factors(node, False))
    exponents = [_exponent(factor.node, names) for factor in factors]
    powers = [place for place, exponent in enumerate(exponents) if exponent is not None]
    erfc = next((place for place, factor in enumerate(factors) if _is_call(factor, "erfc")), None)
    if erfc is None or not powers:
        return node
    terms = [("-" if factors[place].divides else "+", exponent) for place, exponent in enumerate(exponents) if exponent]
    call = factors[erfc].node
    joined = Call(call.position, "exp_erfc", (_sum(terms), *_arguments(call)))
    joined_place, gone = min(*powers, erfc), {*powers, erfc}
    factors[joined_place] = _Factor(joined, False)
    kept = [factor for place, factor in enumerate(factors) if place == joined_place or place not in gone]
    product = _product(node.position, kept)
    return Negative(node.position, product) if _is_negative(node) else product


def _factors(node: Node, divides: bool) -> Iterator[_Factor]:
    """Yield what is multiplied and divided by, without signs."""
    match node:
        case Negative():
            yield from _factors(node.operand, divides)
        case Chain() if node.rest[0][0] in "*/":
            yield from _factors(node.first, divides)
            for symbol, operand in node.rest:
                yield from _factors(operand, divides != (symbol == "/"))
        case _:
            yield _Factor(node, divides)


def _is_negative(node: Node) -> bool:
    match node:
        case Negative():
            return not _is_negative(node.operand)
        case Chain() if node.rest[0][0] in "*/":
            return sum(map(_is_negative, (node.first, *(operand for _, operand in node.rest)))) % 2 == 1
    return False


def _exponent(node: Node, names: Collection[str]) -> Node | None:
    """Return the u of exp(u) or e^u; None for anything else."""
    match node:
        case Call(function="exp", arguments=(argument,)):
            return argument
        case Power(base=Number(value=math.e), exponent=exponent):
            return exponent
        case Power(base=Name(name="e"), exponent=exponent) if "e" not in names:
            return exponent
    return None


def _is_call(factor: _Factor, function: str) -> bool:
    node = factor.node
    return not factor.divides and isinstance(node, Call) and node.function == function and len(node.arguments) == 1


def _arguments(node: Node) -> tuple[Node, ...]:
    return node.arguments if isinstance(node, Call) else ()


def _sum(terms: list[tuple[str, Node]]) -> Node:
    (sign, first), *rest = terms
    first = Negative(first.position, first) if sign == "-" else first
    return Chain(first.position, first, tuple(rest)) if rest else first


def _product(position: int, factors: list[_Factor]) -> Node:
    first, *rest = factors
    symbols = tuple([("/" if factor.divides else "*", factor.node) for factor in rest])
    return Chain(position, first.node, symbols) if rest else first.node

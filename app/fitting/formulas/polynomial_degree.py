"""The degree of a formula as a polynomial in a variable, read from its tree."""

from functools import lru_cache

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.functions import find_function
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power, read_tree


def degree_in(formula: Formula, variable: str) -> int | None:
    """Return a degree that the formula does not exceed, whatever its parameters are; None where it is no polynomial.

    The formula is judged by how it is written: sqrt(x)^2 is no polynomial.
    """
    return _degree_of_text(formula.text, variable)


@lru_cache(maxsize=256)
def _degree_of_text(text: str, variable: str) -> int | None:
    return _degree(read_tree(text), variable)


def _degree(node: Node, variable: str) -> int | None:
    if isinstance(node, Number):
        return 0
    if isinstance(node, Name):
        return int(node.name == variable)
    if isinstance(node, Negative):
        return _degree(node.operand, variable)
    if isinstance(node, Chain):
        return _of_chain(node, variable)
    if isinstance(node, Power):
        return _of_power(_degree(node.base, variable), node.exponent, variable)
    return _of_call(node, variable)


def _of_chain(node: Chain, variable: str) -> int | None:
    total = _degree(node.first, variable)
    for sign, operand in node.rest:
        degree = _degree(operand, variable)
        if total is None or degree is None or (sign == "/" and degree > 0):
            return None
        total = max(total, degree) if sign in "+-" else total + degree
    return total


def _of_power(base: int | None, exponent: Node, variable: str) -> int | None:
    if base is None or _degree(exponent, variable) != 0:
        return None
    if base == 0:
        return 0
    whole = isinstance(exponent, Number) and exponent.value.is_integer() and exponent.value >= 0
    return base * int(exponent.value) if whole and isinstance(exponent, Number) else None


def _of_call(node: Call, variable: str) -> int | None:
    degrees = [_degree(argument, variable) for argument in node.arguments]
    if all(degree == 0 for degree in degrees):
        return 0
    function_and_arguments = find_function(node.function)
    if function_and_arguments is None:
        return None
    function, leading_arguments = function_and_arguments
    numbers = [*leading_arguments, *(argument.value for argument in node.arguments if isinstance(argument, Number))]
    # What has constants is a polynomial of the degree that the first of them says.
    if not function.constants or degrees[-1] is None or any(degree != 0 for degree in degrees[:-1]):
        return None
    return int(numbers[0]) * degrees[-1]

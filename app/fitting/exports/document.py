"""A fitted model as data, for a program in any language."""

from typing import Any, TypeAlias

from app.fitting.exports.fitted_model import FittedModel
from app.fitting.exports.latex import latex
from app.fitting.exports.writer import resolved_call
from app.fitting.formulas.functions import CONSTANTS
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power, read_tree

Tree: TypeAlias = float | str | list[Any]
"""A number, a name, or a list that holds an operation and its operands."""


def document(model: FittedModel) -> dict[str, Any]:
    """Return all that there is to know of the model, as values that JSON can hold.

    `tree` is the formula's tree: a number is itself, a text is a variable or parameter, and a list is an operation and
    then its operands: `+` and `*` have two or more, `-` has one, `/` and `^` have two; else it is one of `functions`.
    """
    functions: dict[str, None] = {}
    tree = _tree(read_tree(model.formula), {*model.variables, *model.parameters}, functions)
    return {
        "formula": model.formula,
        "latex": latex(model.formula, model.variables),
        "response": model.response,
        "variables": list(model.variables),
        "coefficients": model.parameters,
        "stderr": {name: model.stderr.get(name) for name in model.parameters},
        "functions": list(functions),
        "tree": tree,
    }


def _tree(node: Node, names: set[str], functions: dict[str, None]) -> Tree:
    match node:
        case Number():
            return node.value
        case Name():
            return node.name if node.name in names else CONSTANTS[node.name]
        case Negative():
            return ["-", _tree(node.operand, names, functions)]
        case Power():
            return ["^", _tree(node.base, names, functions), _tree(node.exponent, names, functions)]
        case Chain():
            rest = [(symbol, _tree(operand, names, functions)) for symbol, operand in node.rest]
            return _chain(_tree(node.first, names, functions), rest)
        case _:
            return _call(node, names, functions)


def _chain(first: Tree, rest: list[tuple[str, Tree]]) -> Tree:
    if rest[0][0] in "+-":
        return ["+", first, *(term if symbol == "+" else ["-", term] for symbol, term in rest)]
    factors = [first, *(factor for symbol, factor in rest if symbol == "*")]
    divisors = [divisor for symbol, divisor in rest if symbol == "/"]
    return ["/", _product(factors), _product(divisors)] if divisors else _product(factors)


def _product(factors: list[Tree]) -> Tree:
    return factors[0] if len(factors) == 1 else ["*", *factors]


def _call(node: Call, names: set[str], functions: dict[str, None]) -> Tree:
    name, numbers, arguments = resolved_call(node)
    functions[name] = None
    whole = [int(number) if number.is_integer() else number for number in numbers]
    return [name, *whole, *(_tree(argument, names, functions) for argument in arguments)]

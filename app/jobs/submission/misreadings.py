"""Formulas of a new request that mean something, and most likely not what was meant.

Stored formulas are never looked at here: they mean what they meant when they were accepted.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from app.fitting.formulas.formula import FormulaError, parse
from app.fitting.formulas.functions import find_function
from app.fitting.formulas.tree import Chain, Name, Negative, Node, Power, read_tree
from app.fitting.formulas.walk import walk
from app.fitting.library import MODELS, model_like
from app.jobs.errors import WrongField
from app.schemas.parameters import Parameter
from app.schemas.request import FitRequest

MOST_NAMES = 5
"""Most names that an error has in a row."""

_ONLY_FUNCTIONS = (
    *("sin", "cos", "tan", "asin", "acos", "atan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
    *("exp", "expm1", "log", "ln", "log1p", "log2", "log10", "sqrt", "cbrt", "erf", "erfc"),
)
"""Names of functions that nobody gives to a parameter."""
_BEFORE_A_SIGN = re.compile(rf"\b({'|'.join(_ONLY_FUNCTIONS)})[ \t]+-(?=[^ \t])")
_MEANT_AS_VARIABLES = (
    *("t", "time", "T", "temperature", "X", "x1", "x", "z", "u", "q"),
    *("f", "w", "v", "r", "s", "E", "dose", "y"),
)
"""Names of a predictor variable in textbooks, the likeliest first."""


def misreadings(request: FitRequest, variables: Sequence[str]) -> Iterator[WrongField]:
    """Yield an error for each formula of a request that would be fitted otherwise than it is most likely meant."""
    if isinstance(request.model, str):
        words = _of_model(request.model, tuple(variables), frozenset(request.given_parameters))
        if words:
            yield WrongField(("model",), *words)
    for name, parameter in request.given_parameters.items():
        if isinstance(parameter, Parameter) and parameter.tied is not None:
            place = _constant_e(read_tree(parameter.tied))
            if place is not None:
                yield WrongField.of_formula(("parameters", name, "tied"), place)


@lru_cache(maxsize=256)
def _of_model(text: str, variables: tuple[str, ...], given: frozenset[str]) -> tuple[str, int | None] | None:
    """Return what is said of a formula, and of which place in it; thousands of fits may have the same one."""
    tree, formula = read_tree(text), parse(text, variables)
    # Where e is given a start, that is the field which is told.
    is_known = "e" in variables or "e" in given
    error = (None if is_known else _constant_e(tree)) or _function_without_brackets(text, tree, given)
    if error is not None:
        return str(error), error.position
    named = _models_of_library(tree, variables, given, only_by_their_names=bool(formula.variables))
    if named:
        return _of_models_of_library(tree, *named[0]), None
    if formula.variables or not formula.parameters:
        return None
    words = _without_variables(tree, formula.parameters, variables, given)
    return None if words is None else (words, None)


def _of_models_of_library(tree: Node, name: str, model: str) -> str:
    """Return what is said of a sum with the name of a model of the library, or one like it."""
    unknown = next((other for other in _names_added(tree) if other not in MODELS), None)
    if unknown is not None and all(isinstance(node, Name) or _adds(node) for node in walk(tree)):
        like = model_like(unknown)
        what = f"{unknown} is no model of the library{f': did you mean {like}?' if like else ''}"
    else:
        what = f"{name} is no parameter but a model of the library{'' if name == model else f': did you mean {model}?'}"
    return (
        f"{what}; such models can only be added to each other, as in 'gaussian + linear': else write the formula out, "
        "see GET /models, or choose another name"
    )


def _adds(node: Node) -> bool:
    return isinstance(node, Chain) and {sign for sign, _ in node.rest} == {"+"}


def _models_of_library(
    tree: Node, variables: Collection[str], given: Collection[str], only_by_their_names: bool
) -> list[tuple[str, str]]:
    """Return the terms of a sum that are the name of a model of the library, or like one, each with the model.

    Nobody gives such a name to a constant that is added; a factor or exponent may be called hill or linear.
    """
    names = [name for name in _names_added(tree) if name not in variables and name not in given]
    models = [(name, name if name in MODELS else model_like(name)) for name in names]
    return [(name, model) for name, model in models if model and (name == model or not only_by_their_names)]


def _names_added(node: Node) -> Iterator[str]:
    match node:
        case Name():
            yield node.name
        case Negative():
            yield from _names_added(node.operand)
        case Chain() if node.rest[0][0] in "+-":
            for part in (node.first, *(operand for _, operand in node.rest)):
                yield from _names_added(part)


def _constant_e(tree: Node) -> FormulaError | None:
    """Return what is said of e where it is no base of a power."""
    bases = {id(node.base) for node in walk(tree) if isinstance(node, Power)}
    for node in walk(tree):
        if isinstance(node, Name) and node.name == "e" and id(node) not in bases:
            words = (
                "e is the constant 2.718...: if a parameter is meant, choose another name, such as e_; "
                "if the number is meant, write exp(1)"
            )
            return FormulaError(words, node.position)
    return None


def _function_without_brackets(text: str, tree: Node, given: Collection[str]) -> FormulaError | None:
    """Return what is said of exp^(-x) and exp -x, in which exp is a parameter."""
    bases = [node.base for node in walk(tree) if isinstance(node, Power)]
    found = [(node.name, node.position) for node in bases if isinstance(node, Name)]
    found += [(match[1], match.start()) for match in _BEFORE_A_SIGN.finditer(text)]
    for name, position in found:
        if name in _ONLY_FUNCTIONS and name not in given:
            return FormulaError(f"{name} is a function: write {name}(u), or choose another name", position)
    return None


def _without_variables(
    tree: Node, parameters: Sequence[str], variables: Sequence[str], given: Collection[str]
) -> str | None:
    used = f"the model does not use {' or '.join(variables)}"
    possible = [name for name in _MEANT_AS_VARIABLES if name in parameters]
    if len(parameters) == 1 and (_is_name(tree) or not possible):
        # A constant, whatever it is written with.
        (name,) = parameters
        if not _is_name(tree) or find_function(name) is None:
            return None
        return f"{used}: {name} is a function: write {name}({variables[0]}), or choose another name for a constant"
    meant = next((name for name in possible if name not in given), next(iter(possible), None))
    if meant is None:
        return f"{used}; {_listed(parameters)} are parameters, none of them a predictor variable"
    which = f"{meant} is not one of the predictor variables ({', '.join(variables)})"
    return f"{used}; {which}: did you mean {' or '.join(variables)} instead of {meant}?"


def _is_name(tree: Node) -> bool:
    return _is_name(tree.operand) if isinstance(tree, Negative) else isinstance(tree, Name)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (" ..." if len(names) > MOST_NAMES else "")

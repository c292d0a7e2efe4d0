"""Formulas: from a text such as `a + b * P3(c + d * x)` to a differentiable torch function.

A formula is read into a tree, checked, and compiled once into nested closures of torch operations; it is never run as
Python.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor

from app.fitting.formulas.compiler import MAX_PARAMETERS, Compiler, Part, expected_arguments
from app.fitting.formulas.functions import constant_like, find_function
from app.fitting.formulas.text import FormulaError, Token, tokenize
from app.fitting.formulas.tree import Node, read_tree

__all__ = ["MAX_PARAMETERS", "Formula", "FormulaError", "parse", "parse_function_of_x"]


@dataclass(frozen=True)
class Formula:
    """A function of tensors, made by `parse`.

    `variables` are those of the given variables that it uses; `parameters` are all other names, in the order in which
    they first appear.
    """

    text: str
    variables: frozenset[str]
    parameters: tuple[str, ...]
    _compiled: Part = field(repr=False, compare=False)

    def __call__(self, values: Mapping[str, Tensor]) -> Tensor:
        """Return the formula's values, differentiable in each of `values`: a real floating tensor by name.

        Shapes broadcast, and dtypes promote, as in torch. A formula without any name has shape () and the dtype and
        device of `values` (float64 if there are none). Raises KeyError if a name is missing.
        """
        if not isinstance(self._compiled, float):
            return self._compiled(values)
        for value in values.values():
            return constant_like(self._compiled, value)
        return torch.tensor(self._compiled, dtype=torch.float64)

    def with_numbers(self, numbers: Mapping[str, float]) -> str:
        """Return the text with each parameter replaced by its number, in as few digits as give the same float64 again.

        The text parses to a formula of the same values, if the numbers keep it within the bounds of `parse`. Raises
        KeyError if a number is missing, ValueError if one is not finite.
        """
        pieces, tokens = list(self.text), self._tokens
        for index, token in enumerate(tokens):
            if token.text in self.parameters and tokens[index + 1].text != "(":
                number = repr(float(numbers[token.text]))
                if not math.isfinite(float(number)):
                    raise ValueError(f"the number for {token.text} is not finite")
                if number.startswith("-"):
                    number = _joined_negative(number, tokens, index, pieces)
                pieces[token.position : token.position + len(token.text)] = [number, *[""] * (len(token.text) - 1)]
        return "".join(pieces)

    @cached_property
    def _tokens(self) -> list[Token]:
        return [*tokenize(self.text), Token("end", "", len(self.text))]


def parse(text: str, variables: Collection[str] = ("x",), allow_parameters: bool = True) -> Formula:
    """Read a formula in the given variables, and in parameters: every other name that is no constant.

    A function's name is one only before a bracket: in `min + (max - min) * exp(x)`, min and max are parameters.

    Raises FormulaError, which points to the place, for whatever is no formula, for a name that is no variable where
    parameters are not allowed, for a constant part without a finite value such as 1/0, and beyond the bounds of the
    modules compiler, text and tree.
    """
    return _parse(text, tuple(variables), allow_parameters)


# A request's formulas are read several times on their way: when it is checked, resolved and built.
@lru_cache(maxsize=256)
def _parse(text: str, variables: tuple[str, ...], allow_parameters: bool) -> Formula:
    return formula_of(read_tree(text), variables, text, allow_parameters)


def formula_of(tree: Node, variables: Collection[str], text: str = "", allow_parameters: bool = True) -> Formula:
    """Return the formula of a tree. Raise FormulaError as `parse` does."""
    compiler = Compiler(variables, allow_parameters)
    compiled = compiler.compile(tree)
    return Formula(text, frozenset(compiler.used), tuple(compiler.parameters), compiled)


def parse_function_of_x(text: str) -> Formula:
    """Read a function of x: a formula in x alone, or the name of a function of one argument, `sin` for `sin(x)`.

    Raises FormulaError as `parse` does.
    """
    name = text.strip()
    function_and_arguments = find_function(name)
    if function_and_arguments and expected_arguments(*function_and_arguments) == ("u",):
        return parse(f"{name}(x)", ("x",), allow_parameters=False)
    return parse(text, ("x",), allow_parameters=False)


def with_name_replaced(text: str, name: str, formula: str) -> str:
    """Return the text of a formula with another one, in brackets, in place of a name."""
    return with_names_replaced(text, {name: f"({formula})"})


def with_names_replaced(text: str, replacements: Mapping[str, str]) -> str:
    """Return the text of a formula with others in place of the names of parameters or variables."""
    pieces, tokens = list(text), [*tokenize(text), Token("end", "", len(text))]
    for token, following in pairwise(tokens):
        name = token.text
        if token.kind == "name" and name in replacements and following.text != "(":
            pieces[token.position : token.position + len(name)] = [replacements[name], *[""] * (len(name) - 1)]
    return "".join(pieces)


def constant_value(node: Node) -> float:
    """Return the value of a part of a formula whose only names are constants. Raise FormulaError for any other name."""
    return cast(float, Compiler((), allow_parameters=False).compile(node))


def _joined_negative(number: str, tokens: list[Token], index: int, pieces: list[str]) -> str:
    """Join a negative number to what stands around its name: into the sign before it, or in brackets of its own."""
    before = tokens[index - 1] if index else Token("operator", "(", 0)
    if tokens[index + 1].text != "**":
        if before.text in ("(", ","):
            return number
        if before.text in ("+", "-") and index > 1 and _ends_operand(tokens[index - 2]):
            pieces[before.position] = "-" if before.text == "+" else "+"
            return number.removeprefix("-")
    return f"({number})"


def _ends_operand(token: Token) -> bool:
    return token.kind in ("number", "name") or token.text == ")"

"""The tree of a formula: Python's own parser reads the arithmetic, and only what is listed here passes.

The text is never run as Python. It reaches the parser as tokens that can say nothing but arithmetic and calls; the tree
that comes back is rebuilt node by node from a whitelist, its depth bounded.
"""

import ast
from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TypeAlias

from app.fitting.formulas.characters import COMPARE, JOINED
from app.fitting.formulas.missing_operators import missing_operator
from app.fitting.formulas.text import FormulaError, Token, tokenize

POWERS = frozenset({"pow", "power"})
"""Names of functions that stand for an operator: pow(u, v) is u^v."""
MAX_DEPTH = 100
"""Most levels of functions, signs, powers and operands inside one another; a sum of any length is one level."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number, always a float, so that no whole number can grow without bound."""

    position: int
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, a parameter or a constant."""

    position: int
    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """The operand with its sign turned."""

    position: int
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Chain:
    """`+` and `-`, or `*` and `/`, worked from left to right: however long, it is one level deep."""

    position: int
    first: "Node"
    rest: tuple[tuple[str, "Node"], ...]


@dataclass(frozen=True, slots=True)
class Power:
    """The base raised to the exponent."""

    position: int
    base: "Node"
    exponent: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    position: int
    function: str
    arguments: tuple["Node", ...]


Node: TypeAlias = Number | Name | Negative | Chain | Power | Call

_SYMBOLS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SUMS = (ast.Add, ast.Sub)
_PRODUCTS = (ast.Mult, ast.Div)

# Python 3.11 counts the depth of a tree in one place for all threads: two that parse at once fail with a SystemError.
_PARSER = Lock()

_OPERAND_MISSING = "a number, a name or a '(' is missing here"
_TOO_DEEP = f"brackets and operators are nested more than {MAX_DEPTH} deep"


# A request's formulas are read several times on their way, once for each of the things that are read from their trees.
@lru_cache(maxsize=256)
def read_tree(text: str) -> Node:
    """Read the tree of a formula from its text.

    Raises FormulaError where the text does not follow the grammar or passes one of the bounds of this module and of the
    module text.
    """
    tokens = tokenize(text)
    if not tokens:
        raise FormulaError("the formula is empty", 0)
    for index in range(1, len(tokens)):
        error = missing_operator(tokens, index)
        if error:
            raise error
    source = _Source(tokens, len(text))
    return _Reader(source).read(source.parse())


_PIECES: Mapping[str, Callable[[str], str]] = {"number": lambda text: repr(float(text)), "name": "{}_".format}
"""How tokens are written in Python, by their kind, where that is not as they are."""


class _Source:
    """The tokens as Python source, with the way back from its columns to positions in the formula.

    Names end with _ there, so that those that are words of Python, such as lambda, are names too.
    """

    def __init__(self, tokens: list[Token], end: int) -> None:
        self._tokens = [*tokens, Token("end", "", end)]
        self._columns: list[int] = []
        column = 0
        pieces = []
        for token in self._tokens:
            piece = _PIECES.get(token.kind, str)(token.text)
            self._columns.append(column)
            pieces.append(piece)
            column += len(piece) + 1
        self._text = " ".join(pieces[:-1])
        self._columns[-1] = len(self._text)

    def parse(self) -> ast.expr:
        try:
            with _PARSER:
                return ast.parse(self._text, mode="eval").body
        except SyntaxError as error:
            raise self._explained(error) from None
        except (MemoryError, RecursionError):
            raise FormulaError(_TOO_DEEP, 0) from None

    def position(self, column: int) -> int:
        return self._token_at(column).position

    def comma_after(self, column: int) -> int:
        return self._first_after(column, (",",))

    def comparison_after(self, column: int) -> int:
        return self._first_after(column, ("<", ">", "<=", ">="))

    def _first_after(self, column: int, texts: Collection[str]) -> int:
        index = bisect_right(self._columns, column)
        return next(token.position for token in self._tokens[index:] if token.text in texts)

    def _token_at(self, column: int) -> Token:
        return self._tokens[bisect_right(self._columns, column) - 1]

    def _explained(self, error: SyntaxError) -> FormulaError:
        # Offsets count from 1; Python gives 0 for one at the end of the text, which leads to the end token as well.
        token = self._token_at((error.offset or 0) - 1)
        if "never closed" in error.msg:
            message = "this '(' has no ')'"
        elif "unmatched" in error.msg:
            message = "this ')' has no '('"
        elif "too many nested" in error.msg:
            message = _TOO_DEEP
        else:
            message = _OPERAND_MISSING
        return FormulaError(message, token.position)


class _Reader:
    """Rebuilds Python's tree from the nodes that a formula may have."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._depth = 0

    def read(self, node: ast.expr) -> Node:
        position = self._source.position(node.col_offset)
        if self._depth == MAX_DEPTH:
            raise FormulaError(_TOO_DEEP, position)
        self._depth += 1
        rebuilt = self._node(node, position)
        self._depth -= 1
        return rebuilt

    def _node(self, node: ast.expr, position: int) -> Node:
        match node:
            case ast.Constant(value=float(value)):
                return Number(position, value)
            case ast.Name(id=name):
                return Name(position, name[:-1])
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(position, self.read(operand))
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                return Power(position, self.read(base), self.read(exponent))
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self._chain(node, _SUMS, position)
            case ast.BinOp(op=ast.Mult() | ast.Div()):
                return self._chain(node, _PRODUCTS, position)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(position, name[:-1], arguments)
        raise self._refused(node, position)

    def _refused(self, node: ast.expr, position: int) -> FormulaError:
        match node:
            case ast.Compare(left=left, ops=[_, *others]):
                place = self._source.comparison_after(left.end_col_offset or 0)
                return FormulaError(JOINED if others else COMPARE, place)
            case ast.Tuple(elts=[first, *_]):
                message = "a ',' only separates the arguments of a function; decimals are written with a '.'"
                return FormulaError(message, self._source.comma_after(first.col_offset))
        return FormulaError(_OPERAND_MISSING, position)

    def _call(self, position: int, name: str, arguments: list[ast.expr]) -> Node:
        if name in POWERS and len(arguments) == 2:
            return Power(position, *map(self.read, arguments))
        if name == "where":
            match arguments:
                case [ast.Compare(left=left, ops=[operation], comparators=[right]), a, b]:
                    return self._choice(position, operation, *map(self.read, (left, right, a, b)))
        return Call(position, name, tuple(map(self.read, arguments)))

    def _choice(self, position: int, operation: ast.cmpop, left: Node, right: Node, a: Node, b: Node) -> Node:
        """Return where(u, a, b), which is a where u > 0, of a comparison; >= and <= are < and > with a for b."""
        if isinstance(operation, ast.GtE | ast.LtE):
            a, b = b, a
        if isinstance(operation, ast.Lt | ast.GtE):
            left, right = right, left
        return Call(position, "where", (_difference(left, right), a, b))

    def _chain(self, node: ast.expr, operators: tuple[type[ast.operator], ...], position: int) -> Chain:
        rest: list[tuple[str, Node]] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, operators):
            rest.append((_SYMBOLS[type(node.op)], self.read(node.right)))
            node = node.left
        return Chain(position, self.read(node), tuple(reversed(rest)))


def _difference(left: Node, right: Node) -> Node:
    """Return a node that is greater than 0 where left is greater than right."""
    match left, right:
        case _, Number(value=0):
            return left
        case Number(value=0), _:
            return Negative(right.position, right)
    return Chain(left.position, left, (("-", right),))

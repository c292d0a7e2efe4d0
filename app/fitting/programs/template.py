"""The template of a formula: its tree without its names and numbers, so that formulas of one tree share programs.

Whole exponents, degrees and the parameters of a polynomial's family stay, as they decide what is computed.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from app.fitting.formulas.formula import Formula, constant_value, formula_of
from app.fitting.formulas.functions import CONSTANTS, find_function
from app.fitting.formulas.stable_products import with_exp_erfc
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power, read_tree

_KEPT_EXPONENTS = frozenset({-1.5, -0.5, 0.5, 1.5})
"""Exponents beside whole ones that are computed without a power function."""
_MOST_WHOLE = 64
_OPERATIONS_OF_A_DEGREE = 4


@dataclass(frozen=True)
class Template:
    """A formula without names and numbers."""

    key: str
    """The same for all formulas of one tree."""
    tree: Node
    """The tree with variables `x0`, `x1`, ..., parameters `p0`, `p1`, ... and numbers `n0`, `n1`, ..."""
    variables: tuple[str, ...]
    """The variables that x0, x1, ... stand for."""
    parameters: tuple[str, ...]
    """The parameters that p0, p1, ... stand for."""
    numbers: tuple[float, ...]
    """The numbers that n0, n1, ... stand for."""
    operations: int
    """Count of the operations, where a polynomial counts by its degree."""

    def formula(self) -> Formula:
        """Return the formula of the tree, to which n0, n1, ... are variables as well."""
        names = [f"x{index}" for index in range(len(self.variables))]
        return formula_of(self.tree, [*names, *(f"n{index}" for index in range(len(self.numbers)))])


@lru_cache(maxsize=1024)
def template(text: str, variables: tuple[str, ...]) -> Template:
    """Return the template of a formula in these variables."""
    writer = _Writer(variables)
    tree = writer.rewritten(read_tree(text))
    names = (tuple(writer.variables), tuple(writer.parameters), tuple(writer.numbers))
    return Template(repr(tree), tree, *names, writer.operations)


@dataclass
class _Writer:
    known_variables: Collection[str]
    variables: dict[str, Node] = field(default_factory=dict)
    parameters: dict[str, Node] = field(default_factory=dict)
    numbers: list[float] = field(default_factory=list)
    operations: int = 0

    def rewritten(self, node: Node) -> Node:
        if self._is_constant(node):
            return self._number(constant_value(node))
        if isinstance(node, Chain):
            # Before numbers are taken out: exp of one alone may be infinite.
            stable = with_exp_erfc(node, self.known_variables)
            if stable is not node:
                return self.rewritten(stable)
        self.operations += 1
        match node:
            case Name(name=name):
                return self._name(name)
            case Negative(operand=operand):
                return Negative(0, self.rewritten(operand))
            case Chain(first=first, rest=rest):
                return self._chain(first, rest)
            case Power(base=base, exponent=exponent):
                return Power(0, self.rewritten(base), self._exponent(exponent))
            case Call():
                return self._call(node)
        raise TypeError(f"{node} is no node of a formula")

    def _number(self, value: float) -> Node:
        self.numbers.append(value)
        return Name(0, f"n{len(self.numbers) - 1}")

    def _name(self, name: str) -> Node:
        if name in self.known_variables:
            return self.variables.setdefault(name, Name(0, f"x{len(self.variables)}"))
        return self.parameters.setdefault(name, Name(0, f"p{len(self.parameters)}"))

    def _chain(self, first: Node, rest: tuple[tuple[str, Node], ...]) -> Node:
        # What is constant at the beginning is one number, as it is to the formula.
        parts = [first, *(node for _, node in rest)]
        constant = next(index for index, part in enumerate(parts) if not self._is_constant(part))
        leading = max(constant - 1, 0)
        self.operations += len(rest) - leading
        start = self.rewritten(Chain(0, first, rest[:leading]) if leading else first)
        return Chain(0, start, tuple((symbol, self.rewritten(node)) for symbol, node in rest[leading:]))

    def _exponent(self, node: Node) -> Node:
        if self._is_constant(node):
            value = constant_value(node)
            if value in _KEPT_EXPONENTS or (value.is_integer() and abs(value) <= _MOST_WHOLE):
                return Number(0, value)
        return self.rewritten(node)

    def _call(self, node: Call) -> Node:
        function_and_arguments = find_function(node.function)
        if function_and_arguments is None:
            raise ValueError(f"{node.function} is no function")
        function, leading = function_and_arguments
        kept = max(function.constants - len(leading), 0)
        family = [constant_value(argument) for argument in node.arguments[:kept]]
        if function.constants:
            self.operations += _OPERATIONS_OF_A_DEGREE * int([*leading, *family][0])
        arguments = [Number(0, value) for value in family]
        return Call(0, node.function, (*arguments, *map(self.rewritten, node.arguments[kept:])))

    def _is_constant(self, node: Node) -> bool:
        match node:
            case Number():
                return True
            case Name(name=name):
                return name in CONSTANTS and name not in self.known_variables
            case Negative(operand=operand):
                return self._is_constant(operand)
            case Chain(first=first, rest=rest):
                return all(map(self._is_constant, (first, *(part for _, part in rest))))
            case Power(base=base, exponent=exponent):
                return self._is_constant(base) and self._is_constant(exponent)
            case Call(arguments=arguments):
                return all(map(self._is_constant, arguments))

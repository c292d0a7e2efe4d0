"""The parameters in which a formula is linear, read from its tree, and what each of them is multiplied by."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.functions import CONSTANTS
from app.fitting.formulas.parameters import Parameters
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power, read_tree
from app.fitting.formulas.walk import names_in, parts


@dataclass(frozen=True)
class AffineForm:
    """A formula as offset + sum of parameter * column, where neither offset nor columns depend on these parameters."""

    columns: Mapping[str, Node]
    """The column of each parameter by name; a parameter that the formula does not depend on has none."""
    offset: Node | None
    """The terms without any of the parameters; None where there is no such term."""


def is_linear(formula: Formula, parameters: Parameters) -> bool:
    """Tell whether the formula is linear, up to an offset, in all free parameters together."""
    return affine_form(formula, parameters.free, parameters.tied) is not None


def linear_parameters(
    formula: Formula, free: Collection[str] | None = None, tied: Mapping[str, Formula] | None = None
) -> tuple[str, ...]:
    """Return parameters in which the formula is linear together while all others are held, in the formula's order.

    The parameters are tried in order, and each is taken with which the formula is still linear in all taken. Only
    those in `free` are tried (None: all that are not tied); tied parameters stand for their formulas.
    """
    tree = tree_of(formula, tied or {})
    others = formula.variables | CONSTANTS.keys()
    chosen: tuple[str, ...] = ()
    for name in dict.fromkeys(names_in(tree)):
        wanted = name not in others and (free is None or name in free)
        if wanted and _expanded(tree, {*chosen, name}) is not None:
            chosen = (*chosen, name)
    return chosen


def affine_form(
    formula: Formula, names: Collection[str], tied: Mapping[str, Formula] | None = None
) -> AffineForm | None:
    """Return the formula as a sum over the parameters `names`; None where it is no such sum.

    The formula is judged by how it is written: sums, products and quotients are looked into; powers and functions of a
    parameter are not, even where they would turn out to be linear in it. Tied parameters stand for their formulas.
    """
    return _affine_form(formula, frozenset(names), tuple((tied or {}).items()))


# Each part of a fit asks anew.
@lru_cache(maxsize=256)
def _affine_form(formula: Formula, names: frozenset[str], tied: tuple[tuple[str, Formula], ...]) -> AffineForm | None:
    return _expanded(tree_of(formula, dict(tied)), names)


def tree_of(formula: Formula, tied: Mapping[str, Formula]) -> Node:
    """Return the tree of a formula, in which tied parameters stand for their formulas."""
    return _substituted(read_tree(formula.text), {name: _tied_tree(tie) for name, tie in tied.items()})


def _tied_tree(tie: Formula) -> Node:
    # A constant's name may be that of a variable in the formula that the tie becomes a part of.
    constants = {name: Number(0, value) for name, value in CONSTANTS.items() if name not in tie.variables}
    return _substituted(read_tree(tie.text), constants)


def _substituted(node: Node, replacements: Mapping[str, Node]) -> Node:
    if not replacements:
        return node
    match node:
        case Name():
            return replacements.get(node.name, node)
        case Negative():
            return replace(node, operand=_substituted(node.operand, replacements))
        case Chain():
            rest = tuple([(symbol, _substituted(operand, replacements)) for symbol, operand in node.rest])
            return replace(node, first=_substituted(node.first, replacements), rest=rest)
        case Power():
            base, exponent = _substituted(node.base, replacements), _substituted(node.exponent, replacements)
            return replace(node, base=base, exponent=exponent)
        case Call():
            return replace(node, arguments=tuple([_substituted(part, replacements) for part in node.arguments]))
    return node


def _expanded(node: Node, names: Collection[str]) -> AffineForm | None:
    match node:
        case Name() if node.name in names:
            return AffineForm({node.name: Number(node.position, 1.0)}, None)
        case Negative():
            form = _expanded(node.operand, names)
            return form and _mapped(form, lambda part: replace(node, operand=part))
        case Chain():
            forms = [_expanded(part, names) for part in parts(node)]
            known = [form for form in forms if form is not None]
            if len(known) < len(forms):
                return None
            return _sum(node, known) if node.rest[0][0] in "+-" else _product(node, known)
    return None if any(name in names for name in names_in(node)) else AffineForm({}, node)


def _mapped(form: AffineForm, change: Callable[[Node], Node]) -> AffineForm:
    columns = {name: change(column) for name, column in form.columns.items()}
    return AffineForm(columns, None if form.offset is None else change(form.offset))


def _sum(node: Chain, forms: list[AffineForm]) -> AffineForm:
    signs = ["+", *(symbol for symbol, _ in node.rest)]
    columns: dict[str, list[tuple[str, Node]]] = {}
    offsets: list[tuple[str, Node]] = []
    for sign, form in zip(signs, forms, strict=True):
        for name, column in form.columns.items():
            columns.setdefault(name, []).append((sign, column))
        if form.offset is not None:
            offsets.append((sign, form.offset))
    return AffineForm({name: _added(terms) for name, terms in columns.items()}, _added(offsets) if offsets else None)


def _added(terms: list[tuple[str, Node]]) -> Node:
    (sign, first), *rest = terms
    if sign == "-":
        first = Negative(first.position, first)
    return Chain(first.position, first, tuple(rest)) if rest else first


def _product(node: Chain, forms: list[AffineForm]) -> AffineForm | None:
    """Return the form of a product, linear if one factor is, no divisor, and the others are free of the parameters."""
    linear = [index for index, form in enumerate(forms) if form.columns]
    if not linear:
        return AffineForm({}, node)
    (index, *others) = linear
    if others or (index and node.rest[index - 1][0] == "/"):
        return None
    return _mapped(forms[index], lambda part: _with_factor(node, index, part))


def _with_factor(node: Chain, index: int, factor: Node) -> Chain:
    if index == 0:
        return replace(node, first=factor)
    symbol, _ = node.rest[index - 1]
    return replace(node, rest=(*node.rest[: index - 1], (symbol, factor), *node.rest[index:]))

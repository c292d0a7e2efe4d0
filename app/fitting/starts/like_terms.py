"""Terms of a sum that are alike but for the names of their parameters, such as the peaks of a spectrum."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from app.fitting.formulas.functions import CONSTANTS
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Number, Power
from app.fitting.formulas.walk import names_in, parts


@dataclass(frozen=True)
class LikeTerms:
    """The parameters of each of the terms; those that play the same part stand at the same place."""

    factors: tuple[str, ...]
    """The parameter of each term that the whole formula is linear in."""
    inner: tuple[tuple[str, ...], ...]
    """The other parameters of each term."""

    def __len__(self) -> int:
        return len(self.factors)


def like_terms(tree: Node, variables: Collection[str], drawn: Collection[str], linear: Collection[str]) -> LikeTerms:
    """Return the most terms of a sum that are alike, or none of them where there are fewer than two.

    All that a term has for itself is in `drawn`, but for one `linear` factor; what several terms share stays as it is.
    """
    if not isinstance(tree, Chain) or tree.rest[0][0] not in "+-":
        return LikeTerms((), ())
    terms = parts(tree)
    names = [set(names_in(term)) for term in terms]
    if sum(not own.isdisjoint(drawn) for own in names) < 2:
        return LikeTerms((), ())
    groups: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for index, term in enumerate(terms):
        elsewhere = set().union(*names[:index], *names[index + 1 :], variables, CONSTANTS)
        own = [name for name in dict.fromkeys(names_in(term)) if name not in elsewhere]
        factors = [name for name in own if name in linear]
        inner = tuple(name for name in own if name not in linear)
        if len(factors) == 1 and inner and all(name in drawn for name in inner):
            shape = _shape(term, {name: f"[{number}]" for number, name in enumerate(own)})
            groups.setdefault(shape, []).append((factors[0], inner))
    alike = max(groups.values(), key=len, default=[])
    if len(alike) < 2:
        return LikeTerms((), ())
    return LikeTerms(tuple(factor for factor, _ in alike), tuple(inner for _, inner in alike))


def _shape(node: Node, names: Mapping[str, str]) -> str:
    """Return a text that is the same for parts that are the same but for what is renamed by `names`."""
    inner = f"({','.join(_shape(part, names) for part in parts(node))})"
    match node:
        case Name():
            return names.get(node.name, node.name)
        case Number():
            return repr(node.value)
        case Negative():
            return f"-{inner}"
        case Chain():
            return "".join(symbol for symbol, _ in node.rest) + inner
        case Power():
            return f"^{inner}"
        case Call():
            return node.function + inner

"""The nodes of a formula's tree, one after another."""

from collections.abc import Iterator

from app.fitting.formulas.tree import Call, Chain, Name, Negative, Node, Power


def parts(node: Node) -> list[Node]:
    """Return the operands of a node, from left to right."""
    match node:
        case Negative():
            return [node.operand]
        case Chain():
            return [node.first, *(operand for _, operand in node.rest)]
        case Power():
            return [node.base, node.exponent]
        case Call():
            return [*node.arguments]
    return []


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all that it is made of, from left to right, each before its own operands."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(parts(node)))


def names_in(node: Node) -> Iterator[str]:
    """Yield every name, from left to right, as often as it stands there."""
    return (part.name for part in walk(node) if isinstance(part, Name))

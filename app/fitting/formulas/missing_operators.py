"""What is said where two operands of a formula stand side by side, with no operator between them."""

from collections.abc import Sequence

from app.fitting.formulas.characters import COMPARE, JOINED
from app.fitting.formulas.functions import find_function
from app.fitting.formulas.text import FormulaError, Token

_CHOICES = frozenset({"if", "else"})
_JOINTS = frozenset({"and", "or", "not"})


def missing_operator(tokens: Sequence[Token], index: int) -> FormulaError | None:
    """Return what is said where an operator is missing before the token of that index; None where none is."""
    before, token = tokens[index - 1], tokens[index]
    if not _is_missing(before, token):
        return None
    words = {before.text, token.text}
    if words & _CHOICES:
        return FormulaError(COMPARE, token.position)
    if words & _JOINTS:
        return FormulaError(JOINED, token.position)
    if before.kind == "name" and find_function(before.text):
        return FormulaError(f"brackets are missing here: write {before.text}({token.text})", token.position)
    raised = [part.text for part in tokens[max(index - 3, 0) : index]]
    if len(raised) == 3 and raised[1] == "**" and token.text == "(" and find_function(raised[0]):
        return FormulaError(f"the exponent comes last: write {raised[0]}(...)^{before.text}", token.position)
    return FormulaError("an operator such as * is missing here", token.position)


def _is_missing(before: Token, token: Token) -> bool:
    if before.kind == "operator" and before.text != ")":
        return False
    return token.kind != "operator" or (token.text == "(" and before.kind != "name")

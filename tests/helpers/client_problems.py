"""The client's class for each kind of problem, made from the service's own list.

`python -m tests.helpers.client_problems` writes app/client/fit_service_client/problems.py anew.
"""

import textwrap
from pathlib import Path

from app.schemas.problem_kinds import PROBLEM_KINDS, ProblemKind

COMMITTED = Path(__file__).parents[2] / "app/client/fit_service_client/problems.py"

_HEAD = '''"""A class for each kind of problem of the service; tests/helpers/client_problems.py writes it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from .errors import ProblemError
'''
_TAIL = '''

PROBLEMS: Mapping[str, type[ProblemError]] = MappingProxyType(
    {kind.type: kind for kind in ProblemError.__subclasses__()}
)
"""The classes by their types."""
'''


def written() -> str:
    """Return the module."""
    return _HEAD + "".join(map(_class, PROBLEM_KINDS.values())) + _TAIL


def class_name(kind: ProblemKind) -> str:
    """Return the name of the class of a kind."""
    return "".join(word.capitalize() for word in kind.slug.removesuffix("-error").split("-")) + "Error"


def _class(kind: ProblemKind) -> str:
    text = textwrap.indent(textwrap.fill(kind.remedy, 112), "    ").strip()
    return (
        f"\n\nclass {class_name(kind)}(ProblemError):\n"
        f'    """{kind.title} ({kind.status}).\n\n    {text}\n    """\n\n'
        f'    type: ClassVar[str] = "{kind.type}"\n'
    )


def main() -> None:
    """Write the module anew."""
    COMMITTED.write_text(written())


if __name__ == "__main__":
    main()

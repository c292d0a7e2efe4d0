"""Fits that have a text in what people know of them: the id, the model, the values of labels."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, Text, and_, case, cast, exists, false, func, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.jobs.store.tables import fit_metadata, fits

_MOST_PARTS = 10
"""Most models of a sum."""
_PLACES: tuple[tuple[str | int, ...], ...] = (
    ("formula",),
    ("model", "name"),
    ("model", "series"),
    *(("model", "sum", part, "name") for part in range(_MOST_PARTS)),
)
"""The places of a stored request at which texts of its model stand."""


class _Position(FunctionElement[int]):
    """The place of a text in another one, from 1; 0 where it is not in it."""

    inherit_cache = True
    type = Integer()


class _IsReadable(FunctionElement[bool]):
    """Whether texts can be read out of a column of JSON.

    SQLite keeps what a damaged disk makes of it; PostgreSQL refuses those in which any text has a NUL.
    """

    inherit_cache = True
    type = Boolean()


@compiles(_Position)
def _instr(element: _Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


@compiles(_Position, "postgresql")
def _strpos(element: _Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(_IsReadable)
def _json_valid(element: _IsReadable, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_valid({compiler.process(element.clauses, **options)}) = 1"


@compiles(_IsReadable, "postgresql")
def _has_no_nul(element: _IsReadable, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos(CAST({compiler.process(element.clauses, **options)} AS text), '\\u0000') = 0"


def has_text(text: str) -> ColumnElement[bool]:
    """Return the condition that a fit's id begins with a text, or its model or a label's value has it.

    Letters may be small or capital.
    """
    begin = text.lower().replace("\0", " ")
    begins = (fits.c.id.startswith(prefix + begin, autoescape=True) for prefix in ("", "fit_"))
    values = or_(*(fit_metadata.c.value.icontains(form, autoescape=True) for form in _forms(text)))
    has_label = exists().where(fit_metadata.c.fit_number == fits.c.number, values)
    # Formulas and names have no other characters.
    return or_(*begins, has_label, _has_model(text) if text.isascii() and "\0" not in text else false())


def _has_model(text: str) -> ColumnElement[bool]:
    of_model = (fits.c.request[place].as_string().icontains(text, autoescape=True) for place in _PLACES)
    return and_(
        # Most rows do not have it anywhere, and are not taken apart.
        _Position(func.lower(cast(fits.c.request, Text)), text.lower()) > 0,
        # A row that is damaged has no model, and must not hide the others.
        case((_IsReadable(fits.c.request), or_(*of_model)), else_=false()),
    )


def _forms(text: str) -> list[str]:
    """Return a text in the forms of letters that SQLite does not take for the same: those beyond ASCII."""
    if text.isascii():
        return [text]
    return [*dict.fromkeys((text, text.lower(), text.upper(), text.title()))]

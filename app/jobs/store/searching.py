"""Fits that have a text in what people know of them: the id, the model, the values of labels."""

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_

from app.jobs.store.tables import fit_metadata, fits

_MOST_PARTS = 10
"""Most models of a sum."""
_PLACES = (
    "$.formula",
    "$.model.name",
    "$.model.series",
    *(f"$.model.sum[{part}].name" for part in range(_MOST_PARTS)),
)
"""The places of a stored request at which texts of its model stand."""


def has_text(text: str) -> ColumnElement[bool]:
    """Return the condition that a fit's id begins with a text, or its model or a label's value has it.

    Letters may be small or capital.
    """
    begins = (fits.c.id.startswith(prefix + text.lower(), autoescape=True) for prefix in ("", "fit_"))
    values = or_(*(fit_metadata.c.value.contains(form, autoescape=True) for form in _forms(text)))
    has_label = exists().where(fit_metadata.c.fit_number == fits.c.number, values)
    # Formulas and names have no other letters.
    return or_(*begins, has_label, _has_model(text) if text.isascii() else false())


def _has_model(text: str) -> ColumnElement[bool]:
    of_model = (func.json_extract(fits.c.request, place).contains(text, autoescape=True) for place in _PLACES)
    return and_(
        # Most rows do not have it anywhere, and are not taken apart.
        func.instr(func.lower(fits.c.request), text.lower()) > 0,
        # A row that is damaged has no model, and must not hide the others.
        case((func.json_valid(fits.c.request) == 1, or_(*of_model)), else_=false()),
    )


def _forms(text: str) -> list[str]:
    """Return a text in the forms of letters that SQLite does not take for the same: those beyond ASCII."""
    if text.isascii():
        return [text]
    return [*dict.fromkeys((text, text.lower(), text.upper(), text.title()))]

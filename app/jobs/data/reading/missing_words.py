"""Texts that stand for a missing value."""

from collections.abc import Collection

_WORDS = (
    *("", "na", "n/a", "#n/a", "#n/a n/a", "#na", "#nv", "nan", "-nan", "null", "none", "-", "--", "---", "."),
    *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "n.a.", "n.d.", "nd", "?", "\N{EN DASH}", "\N{EM DASH}"),
    *("#div/0!", "#value!", "#wert!", "#ref!", "#bezug!", "#num!", "#zahl!", "#name?", "#null!"),
)


def missing_words(more: Collection[str] | None) -> frozenset[str]:
    """Return all texts that stand for a missing value, in small letters, with those that a person names."""
    return frozenset((*_WORDS, *(word.strip().lower() for word in more or ())))

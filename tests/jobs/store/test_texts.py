"""Texts of clients come back as they were, whatever database keeps them."""

import pytest

from app.jobs.errors import FitNotFoundError
from app.jobs.store.fits import Store
from tests.helpers.stored_fits import submission

NUL = "a\x00b"


def test_a_label_may_have_any_character(store: Store) -> None:
    labels = {"of the plate": NUL, NUL: "\u00e9 \U0001f52c \\ ' %"}
    record = store.create(submission(**labels))
    assert store.metadata([record.number])[record.number] == labels
    assert store.page(after=None, limit=1, statuses=(), metadata={NUL: labels[NUL]})[0] == [store.get(record.id)]


@pytest.mark.parametrize(("search", "found"), [("A\x00B", 1), ("\x00", 1), ("x\x00", 0)])
def test_any_character_can_be_searched_for(store: Store, search: str, found: int) -> None:
    store.create(submission(plate=NUL))
    assert len(store.page(after=None, limit=9, statuses=(), metadata={}, search=search)[0]) == found


def test_an_id_with_any_character_is_that_of_no_fit(store: Store) -> None:
    for ask in (store.get, store.cancel, store.delete):
        with pytest.raises(FitNotFoundError):
            ask(NUL)

"""How a fit may end, and numbers as the table keeps them."""

from array import array

from app.jobs.store import attempts
from app.jobs.store.fits import Store
from app.jobs.store.records import CANCELLED, Ending, pack, unpack
from app.schemas.status import Reason
from tests.helpers.stored_fits import claimed


def test_numbers_are_kept_as_little_endian_float64() -> None:
    assert pack(array("d", [1.0, -2.0])).hex() == "000000000000f03f" + "00000000000000c0"


def test_numbers_come_back_bit_for_bit() -> None:
    numbers = array("d", [0.1, -1e300, 5e-324, float("inf")])
    assert unpack(pack(numbers)) == numbers


def test_a_failure_says_its_reason_in_words_and_as_data() -> None:
    ending = Ending.failed(Reason.DIVERGED, "it grew without limit", step=7, field="hyperparameters.learning_rate")
    assert (ending.status, ending.reason, ending.message) == ("failed", "diverged", "it grew without limit")
    assert ending.error == {
        "code": "diverged",
        "message": "it grew without limit",
        "step": 7,
        "field": "hyperparameters.learning_rate",
    }


def test_an_ended_fit_needs_no_checkpoint() -> None:
    columns = CANCELLED.columns()
    assert (columns["status"], columns["checkpoint"]) == ("cancelled", None)


def test_a_record_says_whether_anything_may_still_change(store: Store) -> None:
    attempt = claimed(store)
    assert not store.get(attempt.fit_id).ended
    attempts.end(store.engine, attempt, CANCELLED)
    assert store.get(attempt.fit_id).ended

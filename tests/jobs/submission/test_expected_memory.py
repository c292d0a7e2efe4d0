"""How much memory a fit takes is told beforehand, and is never more; what takes more ends alone."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.errors import InvalidRequestError
from app.jobs.store.fits import Store
from app.jobs.submission.expected_memory import expected_bytes
from app.jobs.submission.resolve import resolve
from app.schemas.request import FitRequest
from app.schemas.status import Reason, Status
from app.settings import Settings
from tests.helpers.long_form import one_in
from tests.helpers.memory import decay, trained_in_a_process
from tests.helpers.trained_fits import submitted

EXPONENTIAL: dict[str, Any] = {"model": "a * exp(-x / tau) + c", "parameters": {"a": 2.0, "tau": 1.0, "c": 0.0}}
POINTS = 150_000
KINDS: dict[str, dict[str, Any]] = {
    "straight line": {"model": "a + b * x"},
    "levenberg-marquardt": EXPONENTIAL,
    "adam": EXPONENTIAL | {"hyperparameters": {"optimizer": "adam", "steps": 5}},
    "robust": EXPONENTIAL | {"loss": {"name": "soft_l1"}},
    "degree": {"model": {"series": "chebyshev", "degree": "auto"}},
}


@pytest.mark.parametrize("kind", one_in(5, KINDS))
def test_a_fit_takes_no_more_than_is_expected_and_not_much_less(engine: Engine, kind: str) -> None:
    small, large = ({**KINDS[kind], "target": decay(points)} for points in (200, POINTS))
    taken = trained_in_a_process(engine, [small, large])
    expected = expected_bytes(submitted(large).fit, most_parts=1)
    assert taken <= expected <= 5 * taken, (taken / POINTS, expected / POINTS)


def test_what_would_not_fit_a_worker_is_refused_with_the_figures() -> None:
    body = EXPONENTIAL | {"target": decay(POINTS)}
    with pytest.raises(InvalidRequestError) as refusal:
        resolve(FitRequest.model_validate(body), Settings(worker_bytes=2**26), ["cpu"])
    (field,) = refusal.value.wrong
    assert field.path == ("target", "y")
    assert "150,000 points and 3 free parameters need about" in field.detail
    assert "a worker has 67,108,864" in field.detail


def test_of_a_fit_in_parts_each_needs_room_for_one() -> None:
    y = [[float(curve), curve + 2.0] for curve in range(400_000)]
    body = {"model": "a * x + b", "parameters": {"a": 1.0, "b": 0.0}, "target": {"x": [1.0, 2.0], "y": y}}
    whole, cut = (expected_bytes(submitted(body).fit, most_parts) for most_parts in (1, 8))
    assert cut < whole / 2


def test_a_fit_that_takes_more_than_its_worker_has_ends_alone(engine: Engine) -> None:
    large, small = {**KINDS["robust"], "target": decay(POINTS)}, {**EXPONENTIAL, "target": decay(50)}
    trained_in_a_process(engine, [small, large, small], most_bytes=2**26)
    after, alone, before = Store(engine).page(after=None, limit=3, statuses=(), metadata={})[0]
    assert (alone.status, alone.reason) == (Status.FAILED, Reason.OUT_OF_MEMORY)
    assert (before.status, after.status) == (Status.SUCCEEDED, Status.SUCCEEDED)

"""The loss of a request, by its name alone or with a threshold."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.fitting.problems.losses import LOSSES, needs_threshold
from app.schemas.loss import Loss, LossOrName

LOSS: TypeAdapter[Loss] = TypeAdapter(LossOrName)


def test_a_name_is_short_for_the_loss() -> None:
    assert LOSS.validate_python("huber") == LOSS.validate_python({"name": "huber"}) == Loss(name="huber")


@pytest.mark.parametrize("name", [*filter(needs_threshold, LOSSES)])
def test_a_robust_loss_that_says_no_threshold_has_an_automatic_one(name: str) -> None:
    assert LOSS.validate_python(name).resolved().threshold == "auto"
    assert LOSS.validate_python({"name": name, "threshold": 2}).resolved().threshold == 2


@pytest.mark.parametrize("name", ["squares", "poisson"])
def test_other_losses_have_no_threshold(name: str) -> None:
    assert LOSS.validate_python(name).resolved().threshold is None
    with pytest.raises(ValidationError):
        LOSS.validate_python({"name": name, "threshold": 2})


@pytest.mark.parametrize("loss", ["l1", 5, {"name": "huber", "threshold": 0}, {"name": "huber", "threshold": "small"}])
def test_what_is_no_loss_is_refused(loss: Any) -> None:
    with pytest.raises(ValidationError):
        LOSS.validate_python(loss)

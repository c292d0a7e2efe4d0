"""Transactions that are carried out anew where the database broke them off in favour of others."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from sqlalchemy import exc

from app.jobs.store.postgresql import is_broken_off

_MOST_TRIES = 6
_PAUSE_SECONDS = 0.01

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def retried(transaction: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Return a function of one transaction as one that tries again after a deadlock or a serialization failure."""

    @wraps(transaction)
    def tried(*arguments: Given.args, **named: Given.kwargs) -> Answer:
        for number in range(1, _MOST_TRIES):
            try:
                return transaction(*arguments, **named)
            except exc.DBAPIError as error:
                if not is_broken_off(error):
                    raise
            # Whoever it met should not be met again.
            time.sleep(number * _PAUSE_SECONDS * (1 + random.random()))  # noqa: S311 - nothing is secret here
        return transaction(*arguments, **named)

    return tried

"""Failures of work that is tried again and again."""

import logging
import sqlite3

import pytest
from sqlalchemy import exc

from app.jobs.store.failures import Failures

logger = logging.getLogger("test")


def busy() -> exc.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return exc.OperationalError("SELECT 1", {}, error)


def test_a_failure_is_told_once_until_it_is_another_one_or_over(caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures(logger)
    for error in (ValueError("a"), ValueError("a"), ValueError("b"), None, ValueError("b")):
        with failures.told("it can't be done"):
            if error is not None:
                raise error
    assert [record.getMessage() for record in caplog.records] == ["it can't be done; trying again"] * 3
    assert all(record.exc_info for record in caplog.records)


def test_a_database_that_can_not_be_used_is_a_warning_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with Failures(logger).told("it can't be done"):
        raise busy()
    (record,) = caplog.records
    assert (record.levelname, record.exc_info) == ("WARNING", None)
    assert "it can't be done at the moment; trying again: " in record.getMessage()


def test_what_ends_the_process_is_not_held_up() -> None:
    with pytest.raises(KeyboardInterrupt), Failures(logger).told("it can't be done"):
        raise KeyboardInterrupt

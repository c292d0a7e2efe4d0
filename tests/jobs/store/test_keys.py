"""Callers, keys and sessions, on real databases."""

import pytest
from sqlalchemy import Engine

from app.jobs.callers.keys import USUAL_SCOPES, Scope
from app.jobs.store.database import open_engine
from app.jobs.store.keys import KeyStore


@pytest.fixture
def keys(engine: Engine) -> KeyStore:
    return KeyStore(engine)


def test_a_caller_has_any_number_of_keys(keys: KeyStore) -> None:
    made = [keys.make("ann", USUAL_SCOPES), keys.make("ann", [Scope.READ])]
    assert [keys.of_secret(secret) for _, secret in made] == [key for key, _ in made]
    assert keys.all() == [key for key, _ in made]


def test_a_revoked_key_is_good_no_more_and_stays_in_the_list(keys: KeyStore) -> None:
    key, secret = keys.make("ann", USUAL_SCOPES)
    assert keys.revoke(key.number)
    assert keys.of_secret(secret) is None
    assert [key.revoked_at is None for key in keys.all()] == [False]
    assert not keys.revoke(key.number)


def test_a_session_ends_with_its_key(keys: KeyStore) -> None:
    key, _ = keys.make("ann", USUAL_SCOPES)
    session = keys.begin_session(key)
    assert keys.of_session(session) == key
    keys.revoke(key.number)
    assert keys.of_session(session) is None


def test_a_session_can_be_ended(keys: KeyStore) -> None:
    session = keys.begin_session(keys.make("ann", USUAL_SCOPES)[0])
    keys.end_session(session)
    assert keys.of_session(session) is None


def test_the_secret_of_a_session_is_no_key(keys: KeyStore) -> None:
    key, secret = keys.make("ann", USUAL_SCOPES)
    assert keys.of_secret(keys.begin_session(key)) is None
    assert keys.of_session(secret) is None


def test_a_revoked_key_still_says_that_keys_are_needed(keys: KeyStore) -> None:
    assert not keys.any_made()
    keys.revoke(keys.make("ann", USUAL_SCOPES)[0].number)
    assert keys.any_made()


def test_a_database_from_before_keys_has_none(tmp_path) -> None:
    (tmp_path / "old.db").touch()
    opened = open_engine(f"sqlite:///{tmp_path}/old.db")
    assert not KeyStore(opened).any_made()
    opened.dispose()


@pytest.mark.parametrize("name", ["", "two words", "a\nb", "a" * 65, "-a"])
def test_a_name_that_no_caller_can_have_is_refused(keys: KeyStore, name: str) -> None:
    with pytest.raises(ValueError, match="a caller's name has"):
        keys.make(name, USUAL_SCOPES)

"""What an API key is, and what is kept of it."""

from app.jobs.callers.keys import Scope, digest_of, new_secret, scopes_in, words_of


def test_a_secret_has_256_random_bits_and_comes_once() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {len("fsk_") + 43}


def test_of_a_secret_its_sha_256_is_kept() -> None:
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_scopes_come_back_from_the_table() -> None:
    scopes = {Scope.ADMIN, Scope.READ}
    assert words_of(scopes) == "read admin"
    assert scopes_in(words_of(scopes)) == scopes


def test_a_scope_that_only_a_newer_version_knows_allows_nothing() -> None:
    assert scopes_in("read everything") == {Scope.READ}

"""API keys: how they are made, what is kept of them, and what each may do."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

SECRET_BYTES = 32
"""Random bytes of a key, and of a session."""
_PREFIX = "fsk_"


class Scope(StrEnum):
    """What a key may do."""

    READ = "read"
    """Read the caller's fits, and predict with them."""
    FIT = "fit"
    """Post and cancel fits."""
    DELETE = "delete"
    """Delete fits."""
    ADMIN = "admin"
    """Read the figures of the service at `/metrics`."""


USUAL_SCOPES = (Scope.READ, Scope.FIT, Scope.DELETE)
"""What a key may do if nothing is said."""


@dataclass(frozen=True)
class Key:
    """A key as it is kept: without its secret."""

    number: int
    caller: str
    scopes: frozenset[Scope]
    created_at: float
    """Seconds since 1970 UTC."""
    revoked_at: float | None = None
    """Seconds since 1970 UTC; None as long as the key is good."""


def new_secret(prefix: str = _PREFIX) -> str:
    """Return a secret of 256 random bits that nobody has had before."""
    return prefix + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256. With 256 random bits, no salt or slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def words_of(scopes: Collection[Scope]) -> str:
    """Return scopes as the table keeps them: their names in a fixed order, with spaces."""
    return " ".join(scope for scope in Scope if scope in scopes)


def scopes_in(words: str) -> frozenset[Scope]:
    """Return the scopes in what `words_of` wrote; those that only a newer version knows are left out."""
    return frozenset(Scope(word) for word in words.split() if word in set(Scope))

"""Webhooks: addresses of a caller to which a message is sent when a fit ends, and the secrets that sign it.

Names, secrets and signatures are those of Standard Webhooks (https://www.standardwebhooks.com).
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PREFIX = "whsec_"
"""The beginning of every secret."""
LONGEST_URL = 2000
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Webhook:
    """An address of a caller, by a name that is the caller's own."""

    caller: str
    name: str
    url: str
    secret: str = field(repr=False)
    created_at: float
    """Seconds since 1970 UTC."""


def new_webhook_secret() -> str:
    """Return a secret of 256 random bits that nobody has had before."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header `webhook-signature` of a message that is sent at this time."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def check_url(url: str) -> None:
    """Raise ValueError for what is no address to which messages can be sent."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"this is no URL: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("give an address that begins with https:// or http://, such as https://lab.example/fits")
    if parts.username is not None or parts.password is not None:
        raise ValueError("leave name and password out of the address: the signature says who sends")
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"an address has at most {LONGEST_URL} characters, without blanks, in ASCII")

"""A caller: whose fits are, and in whose turn they are trained."""

from dataclasses import dataclass

LOCAL = "local"
"""Name of the caller that all fits belong to where nobody needs a key, and that those of older versions belong to."""


@dataclass(frozen=True)
class Caller:
    """Who has sent a request."""

    name: str = LOCAL
    """The caller whose fits these are."""
    turn: str = LOCAL
    """What queued fits are taken in turn by: the caller's name, or where nobody needs a key the client's address."""


@dataclass(frozen=True)
class Reader:
    """Whose fits are read, and which of them."""

    caller: str = LOCAL
    """The caller whose fits these are."""
    only: str | None = None
    """Id of the one fit that may be read; None: all of the caller's."""


ANYBODY = Caller()
"""The caller where nobody is told apart."""

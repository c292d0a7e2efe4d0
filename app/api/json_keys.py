"""Keys that come twice in an object of a JSON text, of which parsers silently take one."""

import json
import re
from typing import Any

_LISTS_OF_NUMBERS = re.compile(rb"\[[-+.,0-9eE\s]*\]")


class _TwiceError(ValueError):
    """A key comes twice."""


def twice_in(text: bytes) -> str | None:
    """Return a key that comes twice in one object of a JSON text; None if there is none.

    A text that is no JSON has none.
    """
    # Lists of numbers have no keys, and parsing them takes most of the time.
    if b"\\" not in text and _twice_in(_LISTS_OF_NUMBERS.sub(b"0", text)) is None:
        return None
    # What looked like a list may stand in a key, and an escaped key may be the same as one that looked so.
    return _twice_in(text)


def _twice_in(text: bytes) -> str | None:
    try:
        json.loads(text, object_pairs_hook=_checked)
    except _TwiceError as error:
        return str(error)
    except (ValueError, RecursionError):
        return None
    return None


def _checked(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) == len(dict(pairs)):
        return
    names = [name for name, _ in pairs]
    raise _TwiceError(next(name for name in names if names.count(name) > 1))

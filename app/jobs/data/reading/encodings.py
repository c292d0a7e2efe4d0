"""The encoding of a text, by its first bytes, its zeros, or because nothing else fits."""

import codecs
import re

from app.jobs.data.reading.errors import DataFileError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
_OTHERS = (b"%PDF-", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"{\\rtf", b"\x1f\x8b", b"\x89HDF")
"""What files begin with that people send in the place of data; some would be read as texts."""
_HEAD = 2**12
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_KNOWN = ("utf-", "cp", "iso8859", "ascii", "mac-", "koi8", "shift_jis", "euc_", "gb", "big5")
"""What the names of encodings begin with, of those that texts are in; some others take very long."""
_TOLD = "the file is no text, no spreadsheet, no Parquet and no Arrow"


def decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    """Return a file as text, and the name of its encoding: the given one, or the one that is found.

    Raises DataFileError for what is no text.
    """
    if data.startswith(_OTHERS):
        raise DataFileError(_TOLD)
    codec, name = _found(data) if encoding is None else (encoding, _known(encoding))
    try:
        text = data.decode(codec)
    except UnicodeError:
        if encoding is not None:
            raise DataFileError("the file is not in this encoding", setting="encoding") from None
        text, name = _of_windows(data), "cp1252"
    # A mark that no codec took, as that of UTF-16 with a named byte order.
    text = text.removeprefix("\ufeff")
    if _NO_TEXT.search(text):
        raise DataFileError(_TOLD)
    return text, name


def _known(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        name = ""
    if not name.startswith(_KNOWN):
        raise DataFileError("there is no such encoding of texts", setting="encoding")
    return encoding


def _found(data: bytes) -> tuple[str, str]:
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return codec, name
    head = data[:_HEAD]
    # In a text of numbers every second byte of UTF-16 is zero.
    if len(data) % 2 == 0 and head[1::2].count(0) > len(head) // 4:
        return "utf-16-le", "utf-16"
    if len(data) % 2 == 0 and head[::2].count(0) > len(head) // 4:
        return "utf-16-be", "utf-16"
    return "utf-8", "utf-8"


def _of_windows(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        raise DataFileError("the file's encoding can't be told: set it", setting="encoding") from None

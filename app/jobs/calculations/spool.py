"""Files of requests in flight: large bodies on their way in, large answers on their way out."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from app.jobs.errors import TooMuchInFlightError

BLOCK_BYTES = 2**18
"""Bytes of a file that are read at once."""
_SHORT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE)


@contextmanager
def room_on_disk() -> Iterator[None]:
    """Write files of requests in this context. Raises TooMuchInFlightError where there is no room, or no file left."""
    try:
        yield
    except OSError as error:
        if error.errno not in _SHORT:
            raise
        words = "the system has no room or file for one more request in flight: try again later"
        raise TooMuchInFlightError(words) from None


class Spool:
    """A folder of files that together may have so many bytes."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._bytes = 0

    def file(self) -> "SpooledFile":
        """Return a new file. Raises TooMuchInFlightError if the files have too many bytes already."""
        self.take(1)
        self.give_back(1)
        with room_on_disk():
            descriptor, path = mkstemp(dir=self._folder)
        return SpooledFile(self, Path(path), os.fdopen(descriptor, "wb", buffering=0))

    def take(self, count: int) -> None:
        """Note that files have so many bytes more. Raises TooMuchInFlightError where all have too many."""
        if self._bytes + count > self._most_bytes:
            raise TooMuchInFlightError(
                f"requests in flight have the {self._most_bytes} bytes of FIT_MAX_BYTES_IN_FLIGHT: try again later"
            )
        self._bytes += count

    def give_back(self, count: int) -> None:
        """Note that so many bytes are gone."""
        self._bytes -= count


class SpooledFile:
    """A file of one request."""

    def __init__(self, spool: Spool, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._spool = spool
        self._file = file
        self._bytes = 0

    def write(self, data: bytes) -> None:
        """Write more of a body. Raises TooMuchInFlightError."""
        self._take(len(data))
        rest = memoryview(data)
        with room_on_disk():
            while rest:
                # Of a disk that is nearly full, it takes what there is.
                rest = rest[self._file.write(rest) :]

    def written(self) -> int:
        """Return the bytes that another process has written here. Raises TooMuchInFlightError where they are too many
        beside those of the others.
        """
        size = self.path.stat().st_size
        self._take(size - self._bytes)
        return size

    def blocks(self) -> Iterator[bytes]:
        """Yield what is in the file."""
        with self.path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
        with suppress(FileNotFoundError):
            self.path.unlink()
        self._spool.give_back(self._bytes)
        self._bytes = 0

    def _take(self, count: int) -> None:
        self._spool.take(count)
        self._bytes += count

"""A service for one call of the command line: on a free port, gone afterwards with all that it wrote."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_STOP_SECONDS = 20
"""Seconds after which a service that has not stopped is killed."""
_PREFIX_OF_SETTINGS = "FIT_"


class Place(NamedTuple):
    """Where a service is, and the key by which it is asked."""

    url: str
    key: str


class TemporaryServiceError(RuntimeError):
    """The service for this call could not be started, or has ended; the message is the end of its log."""


class TemporaryService:
    """A service process, and the folder with all that it writes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._log = folder, folder / "log"
        # Settings of a service that others use, such as its database, are none of this one.
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_PREFIX_OF_SETTINGS)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - it is our own
                # -P: a folder in which the call is made may have modules of the same names.
                [sys.executable, "-P", "-m", "app.cli.service_process", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=kept | {"TMPDIR": str(folder)},
                # Ctrl-C is for the call, which cancels its fit first.
                start_new_session=True,
            )

    def place(self) -> Place:
        """Wait until the service listens, and return where. Raises TemporaryServiceError."""
        with self._process.stdout as told:  # type: ignore[union-attr]
            line = told.readline()
        if not line:
            raise TemporaryServiceError(self.log or "it has ended before it began")
        return Place(**json.loads(line))

    @property
    def log(self) -> str:
        """Return the end of the log, which is empty as long as all goes well."""
        with suppress(OSError):
            return self._log.read_text(errors="replace")[-2000:].strip()
        return ""

    def close(self) -> None:
        """End the service, and delete what it wrote."""
        self._process.stdin.close()  # type: ignore[union-attr]
        if not self._has_stopped():
            # It, or its worker, which is in the same session.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _has_stopped(self) -> bool:
        try:
            return self._process.wait(_STOP_SECONDS) == 0
        except subprocess.TimeoutExpired:
            return False


@contextmanager
def temporary_service() -> Iterator[TemporaryService]:
    """Start a service, which ends with the context."""
    service = TemporaryService(Path(tempfile.mkdtemp(prefix="fit-service-call-")))
    try:
        yield service
    finally:
        service.close()

"""The command line as a process of its own, in a pipe or on a terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.waiting import PATIENCE

ROWS, COLUMNS = 40, 100
"""Size of the terminal."""


def run(
    *arguments: object, given: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command whose output nobody sees, and return its end."""
    return subprocess.run(
        command(*arguments),
        input=given,
        capture_output=True,
        text=True,
        env=environment_of(environment),
        timeout=2 * PATIENCE,
        check=False,
    )


def run_on_terminal(*arguments: object, environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a command on a terminal; return its exit code and all that the terminal got."""
    ours, theirs = pty.openpty()
    size = {"LINES": str(ROWS), "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", **(environment or {})}
    with subprocess.Popen(
        command(*arguments), stdin=theirs, stdout=theirs, stderr=theirs, env=environment_of(size)
    ) as process:
        os.close(theirs)
        written = bytearray()
        while piece := _piece(ours):
            written += piece
    os.close(ours)
    return process.returncode, written.decode()


def command(*arguments: object) -> list[str]:
    """Return the arguments of a process that runs a command."""
    return [sys.executable, "-m", "app", *map(str, arguments)]


def environment_of(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a command: that of the tests without what is said of services, and more."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("FIT")}
    return others | {"PYTHONIOENCODING": "utf-8", **(more or {})}


def csv_file(folder: Path, text: str) -> Path:
    """Return a file with measured data."""
    path = folder / "data.csv"
    path.write_text(text)
    return path


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux says so that nobody else has the terminal any more.
        return b""

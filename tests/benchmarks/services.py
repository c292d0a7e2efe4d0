"""Services that are measured: ours, and that of an older checkout beside it."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.helpers.running_service import RunningService

WORKERS = 2
_COMPILERS = ("cc1plus", "g++", "compiler")


@contextmanager
def running(checkout: Path | None = None, **settings: object) -> Iterator[RunningService]:
    """Run a service, ours or that of a checkout, on a folder of its own and with further settings."""
    with tempfile.TemporaryDirectory() as folder:
        # Older services compiled beside, and kept what they compiled.
        before = {"compile": "true", "loops_folder": Path(folder) / "loops"} if compiles_beside(checkout) else {}
        service = RunningService(Path(folder), checkout, **{"workers": WORKERS, **before, **settings})
        try:
            yield service
        finally:
            service.close()


def compiles_beside(checkout: Path | None) -> bool:
    """Tell whether the service of a checkout makes its programs by a compiler, beside the fits."""
    return checkout is not None and "loops_folder" in (checkout / "app" / "settings.py").read_text()


@contextmanager
def both(peer: Path | None) -> Iterator[list[RunningService]]:
    """Run our service, and beside it that of a checkout if there is one."""
    with running() as ours:
        if peer is None:
            yield [ours]
            return
        with running(peer) as theirs:
            yield [ours, theirs]


def warm(service: RunningService, body: dict[str, Any], compiles: bool = False) -> None:
    """Post until all workers have seen such a fit, and what is compiled beside is there."""
    deadline = time.monotonic() + 300
    while compiles and (not list(service.folder.glob("loops/*.pt2")) or _compilers(service)):
        assert time.monotonic() < deadline, service.log
        service.fitted(body)
        time.sleep(0.05)
    ids = [service.post(body)["id"] for _ in range(4 * WORKERS)]
    for fit in ids:
        service.ended(fit)


def processes(service: RunningService) -> list[psutil.Process]:
    whole = psutil.Process(service.process.pid)
    return [whole, *whole.children(recursive=True)]


def _compilers(service: RunningService) -> list[psutil.Process]:
    return [process for process in processes(service) if _compiles(process)]


def _compiles(process: psutil.Process) -> bool:
    try:
        return any(word in " ".join(process.cmdline()) for word in _COMPILERS)
    except psutil.Error:
        # It has ended just now.
        return False

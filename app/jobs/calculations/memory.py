"""The memory that a process may take."""

import resource
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/status")


def limit_memory(most_bytes: int) -> None:
    """Let this process take so many bytes more: of its own memory, for libraries reserve addresses that they never use.

    Beyond it an allocation fails, and the process lives on. Where the system does not tell what the process has, there
    is no limit.
    """
    with suppress(OSError, StopIteration):
        has = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmData:"))
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (int(has.split()[1]) * 1024 + most_bytes, hard))

"""A disk that can be filled: a file system in memory, for which it takes root."""

import errno
import subprocess
import tempfile
from pathlib import Path

from tests.helpers.root import give_up_without_root

_BLOCK = bytes(2**16)


class SmallDisk:
    """A disk of so many MiB, mounted at a folder that all users may enter."""

    def __init__(self, mebibytes: int) -> None:
        """Make the disk. Skips the test where that is not allowed, or fails it if it must be."""
        self.folder = Path(tempfile.mkdtemp(prefix="fit-disk-"))
        self._filler = self.folder / "filler"
        mount = ["mount", "-t", "tmpfs", "-o", f"mode=755,size={mebibytes}m", "tmpfs", self.folder]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            self.folder.rmdir()
            give_up_without_root("a disk can't be mounted here")

    def fill(self) -> None:
        """Leave no byte free."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(_BLOCK)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        """Give back what was filled."""
        self._filler.unlink()

    def close(self) -> None:
        """Take the disk away."""
        subprocess.run(["umount", "--lazy", self.folder], check=True)  # noqa: S607
        self.folder.rmdir()

"""A host that is reached by a wire which can be cut: a network namespace, for which it takes root and `ip`."""

import os
import subprocess
from enum import Enum
from itertools import count

from tests.helpers.root import give_up_without_root

_ABSENT = "02:00:00:00:00:01"
"""A hardware address that nobody has: what is sent to it is lost without a word."""
_numbers = count()


class Way(Enum):
    """On which ways a wire is cut."""

    THERE = "there"
    BACK = "back"
    BOTH = "both"


class FarHost:
    """A host with an address of its own, in which commands can be run."""

    def __init__(self) -> None:
        """Join a host. Skips the test where that is not allowed, or fails it if it must be."""
        number = next(_numbers)
        self._name, self._device, self._far_device = (f"fit{os.getpid()}{kind}{number}" for kind in "nvw")
        self.near, self.address = (f"10.213.{os.getpid() % 250}.{4 * number + end}" for end in (1, 2))
        try:
            _ip("netns", "add", self._name)
        except (OSError, subprocess.CalledProcessError):
            give_up_without_root("a network namespace can't be made here: it takes root and iproute2")
        _ip("link", "add", self._device, "type", "veth", "peer", "name", self._far_device, "netns", self._name)
        _ip("addr", "add", f"{self.near}/30", "dev", self._device)
        _ip("link", "set", self._device, "up")
        self._far("addr", "add", f"{self.address}/30", "dev", self._far_device)
        self._far("link", "set", self._far_device, "up")
        self._far("link", "set", "lo", "up")

    @property
    def words(self) -> list[str]:
        """Return the words before a command that let it run on the host."""
        return ["ip", "netns", "exec", self._name]

    def _far(self, *words: str) -> None:
        _ip("-n", self._name, *words)

    def cut(self, way: Way) -> None:
        """Lose all that is sent on a way, without an error at either end."""
        if way is not Way.BACK:
            _ip("neigh", "replace", self.address, "lladdr", _ABSENT, "dev", self._device, "nud", "permanent")
        if way is not Way.THERE:
            self._far("neigh", "replace", self.near, "lladdr", _ABSENT, "dev", self._far_device, "nud", "permanent")

    def mend(self) -> None:
        """Let all be heard again."""
        _ip("neigh", "flush", "dev", self._device, "nud", "permanent")
        self._far("neigh", "flush", "dev", self._far_device, "nud", "permanent")

    def close(self) -> None:
        """Take the host away, and with it the wire."""
        _ip("netns", "delete", self._name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)  # noqa: S607

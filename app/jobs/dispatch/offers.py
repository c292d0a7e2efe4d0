"""What a worker offers: its devices, and the versions of what both sides have to have alike."""

import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from app.jobs.dispatch.devices import DeviceInfo, available_devices

_SAME = ("fit-service", "dask", "distributed", "cloudpickle", "msgpack", "torch")


@dataclass(frozen=True)
class Offer:
    """What a worker has."""

    devices: list[DeviceInfo]
    versions: dict[str, str]


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of what service and workers exchange and calculate with."""
    return {"Python": ".".join(platform.python_version_tuple()[:2]), **{name: version(name) for name in _SAME}}


def offer() -> Offer:
    """Return what this process offers as a worker."""
    return Offer(available_devices(), versions())


def difference(theirs: dict[str, str]) -> str:
    """Return in words which versions of a worker are others than those here; nothing where none is."""
    here = versions()
    return ", ".join(
        f"{name} is {theirs.get(name, 'missing')} there and {own} here"
        for name, own in here.items()
        if theirs.get(name) != own
    )

"""The devices of this machine on which fits can be trained."""

import os
import platform
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class DeviceInfo:
    """A device as torch names it, with its memory in bytes."""

    device: str
    name: str
    memory_bytes: int


def processor() -> DeviceInfo:
    """Return the CPU with all its cores."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return DeviceInfo("cpu", f"{platform.machine()}, {os.cpu_count()} cores", memory)


def available_devices() -> list[DeviceInfo]:
    """Return the CPU and then every CUDA device; `cuda` without a number is the first of these."""
    devices = [processor()]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        if index == 0:
            devices.append(DeviceInfo("cuda", properties.name, properties.total_memory))
        devices.append(DeviceInfo(f"cuda:{index}", properties.name, properties.total_memory))
    return devices

"""Where a fit can be trained on this machine."""

import psutil
import torch

from app.jobs.dispatch.devices import available_devices


def test_the_cpu_comes_first_with_the_memory_of_the_machine() -> None:
    first, *_ = available_devices()
    assert first.device == "cpu"
    assert first.memory_bytes == psutil.virtual_memory().total


def test_every_device_is_one_that_torch_knows() -> None:
    names = [device.device for device in available_devices()]
    assert len(set(names)) == len(names)
    for name in names:
        assert torch.empty(1, device=name).device.type == torch.device(name).type

"""Compute devices: which there are, which to take, which number format is fast there."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import torch

from .protocol import Device, JobError, Remedy


def list_devices() -> tuple[Device, ...]:
    """All devices, best first: CUDA (and ROCm) cards, Apple's MPS, the CPU."""
    found = []
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        found.append(Device(f"cuda:{index}", properties.name, int(properties.total_memory)))
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple GPU", 0))
    threads = torch.get_num_threads()
    name = f"CPU, {threads} thread{'s' if threads != 1 else ''}"
    found.append(Device("cpu", name, int(psutil.virtual_memory().total)))
    return tuple(found)


def resolve(name: str) -> torch.device:
    """The device of a job: "auto" takes the best, "cuda" the first card.

    Raises JobError ("unknown_device") that says what there is.
    """
    devices = list_devices()
    if name == "auto":
        return torch.device(devices[0].id)
    for device in devices:
        if name in (device.id, device.id.split(":")[0]):
            return torch.device(device.id)
    known = ", ".join(device.id for device in devices)
    raise JobError(
        "unknown_device",
        f"There is no device {name!r} here. Choose auto or one of: {known}.",
        Remedy.CHOOSE_DEVICE,
    )


def fast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it faster than float32, else float32."""
    if device.type == "cuda" and torch.cuda.get_device_capability(device)[0] >= 8:
        return torch.bfloat16
    if device.type == "cpu" and torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32


def free_memory(device: torch.device) -> int:
    """Bytes that can be had on a device now; 0 where it does not say.

    On the CPU that is what the system could give, or less within a container that may not have it all.
    """
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    if device.type != "cpu":
        return 0
    return min(int(psutil.virtual_memory().available), _container_memory())


def held_memory(device: torch.device) -> int:
    """Bytes that this process has of a device's memory; 0 where it does not say."""
    if device.type == "cuda":
        return int(torch.cuda.memory_reserved(device))
    return int(psutil.Process().memory_info().rss) if device.type == "cpu" else 0


def _container_memory() -> int:
    """Bytes that a Linux control group has left; very many where there is none."""
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
        reusable = Path("/sys/fs/cgroup/memory.stat").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return sys.maxsize
    if limit == "max":
        return sys.maxsize
    files = int(reusable[reusable.index("inactive_file") + 1]) if "inactive_file" in reusable else 0
    return max(0, int(limit) - used + files)

"""Tensors in a file, with words about them, written whole or not at all and read only unbroken."""

from __future__ import annotations

import errno
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from .files import write_atomically

UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, OSError, RuntimeError, SafetensorError)
"""What reading a file that is broken, or something else, may raise."""
_ABOUT = "nstcheckpoint"


def save_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors, and what JSON can say about them. Raises JobError as ``write_atomically``."""
    kept = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    told = {_ABOUT: json.dumps({**about, "checksum": _checksum(kept)})}

    def write(file: Path) -> None:
        mode = file.stat().st_mode
        try:
            save_file(kept, file, told)
        except SafetensorError as error:  # it says in words only what the system said
            said = re.search(r"os error (\d+)", str(error))
            raise OSError(int(said[1]) if said else errno.EIO, str(error)) from error
        file.chmod(mode)  # it replaces the file by one that nobody else may read

    write_atomically(path, write)


def read_about(path: Path) -> dict[str, Any]:
    """What was said about the tensors of a file. Raises what is in UNREADABLE."""
    with safe_open(path, "pt") as file:
        told = (file.metadata() or {}).get(_ABOUT)
    if told is None:
        raise ValueError("it is no checkpoint")
    about: dict[str, Any] = json.loads(told)
    return about


def load_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, on the CPU. Raises what is in UNREADABLE, also where they have changed."""
    kept: dict[str, Tensor] = load_file(path)
    if _checksum(kept) != read_about(path)["checksum"]:
        raise ValueError("its contents have changed since it was written")
    return kept


def _checksum(tensors: Mapping[str, Tensor]) -> int:
    """CRC-32 of tensors on the CPU, their names included."""
    found = 0
    for name in sorted(tensors):
        found = zlib.crc32(name.encode(), found)
        found = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().data, found)
    return found

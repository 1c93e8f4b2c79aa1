"""Origins of many frames: in memory while they are few, and in a file that goes with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile

import torch
from torch import Tensor

from ..files import write_error
from .origins import Origins

HELD = 2**28  # bytes in memory


class Spool:
    """Origins (1, C, H, W) of frames of one size, to be read again in any order, bit for bit.

    folder: where the file goes; None for the system's. most: bytes held in memory instead. Raises JobError as
    ``write_error``.
    """

    def __init__(self, origins: Iterable[Origins], folder: Path | None = None, most: int = HELD) -> None:
        self._file = SpooledTemporaryFile(most, dir=None if folder is None else str(folder))  # noqa: SIM115 - open as long as this is there
        self._count = 0
        for one in origins:
            self._size = tuple(one.frame.shape[-2:])
            try:
                for plane in (one.frame, one.offsets):
                    self._file.write(plane.numpy().tobytes())
                self._file.flush()
            except OSError as error:
                raise write_error(Path(folder or "origins"), error) from error
            self._count += 1

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, at: int) -> Origins:
        at = range(self._count)[at]
        height, width = self._size
        self._file.seek(at * 12 * height * width)  # three numbers of four bytes for each pixel
        return Origins(self._read(1), self._read(2))

    def __iter__(self) -> Iterator[Origins]:
        return (self[at] for at in range(self._count))

    def _read(self, channels: int) -> Tensor:
        height, width = self._size
        data = bytearray(self._file.read(channels * 4 * height * width))
        return torch.frombuffer(data, dtype=torch.float32).view(1, channels, height, width)

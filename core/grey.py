"""Heights as files: one plane of plain numbers, in more steps than the 256 of a picture.

With 8 bits a bump would show each step as a terrace.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from .exr import write_exr_plane
from .files import check_folder_writable, write_atomically
from .protocol import JobError, Remedy

STEPS = 65535
_KINDS = {".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".exr": "EXR"}
_OPTIONS: dict[str, dict[str, object]] = {
    "PNG": {"compress_level": 4},
    "TIFF": {"compression": "tiff_adobe_deflate"},
}


def save_height(path: str | Path, height: Tensor) -> None:
    """Write heights (1, 1, H, W), whole or not at all; raises as ``height_writer``, ``write_atomically``."""
    write_atomically(path, height_writer(Path(path), height))


def height_writer(target: Path, height: Tensor) -> Callable[[Path], None]:
    """What fills a file with heights (1, 1, H, W) in [0, 1], in the format that ``target``'s name asks for.

    PNG and TIFF hold 16 bits of grey, 0 to 65535; EXR floats. Raises JobError ("unknown_format"), ValueError
    for another shape.
    """
    kind = _kind(target)
    if height.ndim != 4 or height.shape[:2] != (1, 1) or 0 in height.shape:
        raise ValueError(f"expected heights of shape (1, 1, H, W), got {tuple(height.shape)}")
    plane = height[0, 0].detach().cpu().clamp(0, 1)
    if kind == "EXR":
        return lambda file: write_exr_plane(file, plane)
    encoded = io.BytesIO()
    levels = (plane * STEPS).round().numpy().astype(np.uint16)
    Image.fromarray(levels).save(encoded, kind, **_OPTIONS[kind])
    return lambda file: _write(file, encoded.getbuffer())


def check_height_writable(path: str | Path) -> None:
    """Raise now what writing heights would raise after a long job. Raises JobError."""
    _kind(Path(path))
    check_folder_writable(path)


def _write(path: Path, data: memoryview) -> None:
    path.write_bytes(data)


def _kind(path: Path) -> str:
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise JobError(
            "unknown_format",
            f"{path.name} does not end in a format that holds heights, which need more than 8 bits. "
            "Let it end in .png, .tif or .exr.",
            Remedy.CHOOSE_FOLDER,
        )
    return kind

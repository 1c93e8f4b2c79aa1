"""Radiance pictures (.hdr): scene-linear light with a common exponent, as panoramas are often kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .libraries import library
from .protocol import JobError, Remedy

MAGICS = (b"#?RADIANCE", b"#?RGBE")
SUFFIX = ".hdr"


def is_hdr(path: str | Path) -> bool:
    """Whether a file is there and begins as Radiance's do."""
    try:
        with Path(path).open("rb") as file:
            return file.read(10).startswith(MAGICS)
    except OSError:
        return False


def read_hdr(path: Path) -> Tensor:
    """rgb (3, H, W) scene-linear, finite. Raises JobError ("image_corrupt", "library_missing")."""
    cv2 = _opencv()
    data = np.frombuffer(path.read_bytes(), np.uint8)
    try:
        pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise JobError(
            "image_corrupt",
            f"The picture {path} is damaged. Save it again in the program that made it, or choose another.",
            Remedy.CHOOSE_IMAGE,
        )
    rgb = np.ascontiguousarray(pixels[..., 2::-1].transpose(2, 0, 1), np.float32)
    return torch.from_numpy(np.nan_to_num(rgb, nan=0.0, posinf=0.0, neginf=0.0))


def write_hdr(path: Path, rgb: Tensor) -> None:
    """Write scene-linear rgb (3, H, W). Raises OSError, JobError ("library_missing")."""
    cv2 = _opencv()
    pixels = np.ascontiguousarray(rgb.clamp_min(0).numpy().transpose(1, 2, 0)[..., ::-1], np.float32)
    done, data = cv2.imencode(".hdr", pixels)
    if not done:
        raise OSError(f"{path} cannot be written")
    path.write_bytes(data.tobytes())


def _opencv() -> Any:
    return library("cv2", "opencv-python-headless", "Install it, or save the picture as OpenEXR.")

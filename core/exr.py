"""OpenEXR files: scene-linear outside, display-referred sRGB inside.

The view transform is the sRGB curve alone. For now what it gives is clipped to
[0, 1], so highlights above 1 are lost.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import torch
from numpy.typing import NDArray
from torch import Tensor

MAGIC = b"\x76\x2f\x31\x01"


def linear_to_srgb(linear: Tensor) -> Tensor:
    """The sRGB curve (IEC 61966-2-1). Any shape; scene-linear in, display-referred out, both 1 for white."""
    low = linear * 12.92
    high = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, low, high)


def srgb_to_linear(srgb: Tensor) -> Tensor:
    """The inverse of ``linear_to_srgb``."""
    low = srgb / 12.92
    high = ((srgb.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4
    return torch.where(srgb <= 0.04045, low, high)


def is_exr(path: str | Path) -> bool:
    """Whether a file is there and begins as OpenEXR files do."""
    try:
        with Path(path).open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def exr_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels, from the header alone. Raises RuntimeError when it is broken."""
    with OpenEXR.File(str(path), header_only=True) as file:
        low, high = file.parts[0].header["dataWindow"]
    return int(high[0] - low[0] + 1), int(high[1] - low[1] + 1)


def read_exr(path: Path) -> tuple[Tensor, Tensor | None]:
    """rgb (3, H, W) scene-linear, alpha (1, H, W) or None, both float32 and finite.

    The channels R, G, B (of the file, or else of a layer Combined, or of the first that has them), or else
    Y as grey. What is not finite becomes what ``finite_light`` says. Colours in EXR are multiplied by alpha;
    here they no longer are. Raises ValueError when there is no colour, RuntimeError when the file is broken.
    """
    with OpenEXR.File(str(path), separate_channels=True) as file:
        parts = [{name: channel.pixels for name, channel in part.channels.items()} for part in file.parts]
    for channels in parts:
        for layer in _layers(channels):
            found = _colors(channels, layer)
            if found is not None:
                return found
    raise ValueError("it has no channels R, G, B or Y")


def write_exr(path: Path, rgb: Tensor, alpha: Tensor | None, around: bool = False) -> None:
    """Write scene-linear rgb (3, H, W) and alpha (1, H, W) as half floats. Raises OSError.

    As floats where light is brighter than half floats go, as the sun may be. around: say that it is a whole
    panorama.
    """
    covered = rgb if alpha is None else torch.where(alpha > 0, rgb * alpha, rgb)
    planes = dict(zip("RGB", covered, strict=True))
    if alpha is not None:
        planes["A"] = alpha[0]
    dimmest, brightest = map(float, covered.aminmax())
    kind = np.float16 if max(-dimmest, brightest) <= float(np.finfo(np.float16).max) else np.float32
    more = {"envmap": OpenEXR.ENVMAP_LATLONG} if around else {}
    _write(path, {name: plane.numpy().astype(kind) for name, plane in planes.items()}, more)


def write_exr_plane(path: Path, plane: Tensor) -> None:
    """Write a plane (H, W) of plain numbers as the channel Y, of floats. Raises OSError."""
    _write(path, {"Y": plane.numpy().astype(np.float32)})


def _write(path: Path, planes: dict[str, NDArray[Any]], more: Mapping[str, object] | None = None) -> None:
    channels = {name: np.ascontiguousarray(plane) for name, plane in planes.items()}
    needed = sum(channel.nbytes for channel in channels.values())
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **(more or {})}
    try:
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
    except RuntimeError as error:
        # The library loses the reason; a disk without room for the file is the likely one.
        full = shutil.disk_usage(path.parent).free < needed
        raise OSError(errno.ENOSPC if full else errno.EIO, str(error)) from error


def _layers(channels: dict[str, NDArray[np.generic]]) -> list[str]:
    """Prefixes of the layers in a part: that of the file itself, then Blender's pictures, then all others."""
    prefixes = {name.rpartition(".")[0] for name in channels}

    def rank(prefix: str) -> tuple[bool, bool, str]:
        return prefix != "", not prefix.endswith("Combined."), prefix

    return sorted((f"{prefix}." if prefix else "" for prefix in prefixes), key=rank)


def _colors(channels: dict[str, NDArray[np.generic]], layer: str) -> tuple[Tensor, Tensor | None] | None:
    names = [f"{layer}{letter}" for letter in "RGB"]
    if not all(name in channels for name in names):
        if f"{layer}Y" not in channels:
            return None
        names = [f"{layer}Y"] * 3
    rgb = torch.stack([torch.from_numpy(finite_light(channels[name])) for name in names])
    if f"{layer}A" not in channels:
        return rgb, None
    alpha = torch.from_numpy(finite(channels[f"{layer}A"])).clamp(0, 1)[None]
    # Where nothing covers the pixel its colour is light of its own, and stays.
    return torch.where(alpha > 0, rgb / alpha.clamp_min(1e-6), rgb), alpha


def finite(pixels: NDArray[Any], endless: float = 0.0) -> NDArray[np.float32]:
    """A channel's numbers (H, W), copied: NaN and minus infinity become 0, infinity what is ``endless``."""
    return np.nan_to_num(pixels.astype(np.float32), copy=False, nan=0.0, posinf=endless, neginf=0.0)


def finite_light(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """As ``finite``, of light (H, W): infinity becomes the channel's brightest number.

    It stands for what was too bright for half floats, as the sun may be; NaN stands for nothing.
    """
    return finite(pixels, brightest(pixels))


def brightest(pixels: NDArray[Any]) -> float:
    """The largest finite number of light (H, W), where there is infinity for it to stand for; or else 0."""
    if not np.isposinf(pixels).any():
        return 0.0
    return float(np.max(pixels, where=np.isfinite(pixels), initial=0.0))

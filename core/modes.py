"""Whatever way a file stores its colours, as sRGB."""

from __future__ import annotations

import io
import logging
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageCms

from .exr import linear_to_srgb

log = logging.getLogger(__name__)


def plain_mode(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be filtered: L, LA, RGB, RGBA, CMYK, LAB, or F for deep grey.

    Deep grey is display-referred in [0, 1]; the rest have 8 bits, RGBA and LA straight alpha.
    """
    if image.mode.startswith("I;16"):
        return _deep(np.array(image).astype(np.float32) / 65535)
    if image.mode == "I":
        values = np.array(image).astype(np.float64)
        # 16-bit files come in this mode too from some readers; true 32-bit ones go far above.
        return _deep(values / (65535 if values.max() <= 65535 else 2**31 - 1))
    if image.mode == "F":
        linear = torch.from_numpy(np.array(image)).nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        return _deep(linear_to_srgb(linear.clamp(0, 1)).numpy())
    if image.mode in ("P", "PA", "RGBa", "La") or "transparency" in image.info:
        transparent = image.mode != "P" or "transparency" in image.info
        return image.convert("RGBA" if transparent else "RGB")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "LAB"):
        return image.copy()
    return image.convert("L" if image.mode == "1" else "RGB")


def _deep(values: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(values.astype(np.float32))


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, Image.Image | None]:
    """Colour as RGB, and alpha as L or None, of a picture in one of ``plain_mode``'s 8-bit modes."""
    cover = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    color = image.convert(image.mode[:-1]) if cover is not None else image
    srgb = ImageCms.createProfile("sRGB")
    if color.mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return _converted(color, ImageCms.ImageCmsProfile(lab), srgb), cover
    if profile:
        try:
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(embedded).lower():
                return _converted(color, embedded, srgb), cover
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            log.info("an ICC profile is ignored: %s", error)
    return color.convert("RGB"), cover


def _converted(image: Image.Image, source: ImageCms.ImageCmsProfile, target: Any) -> Image.Image:
    result = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    if result is None:
        raise ValueError("the profile gave no picture")
    return result

"""Normal maps: pictures of what a surface faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from ..exr import is_exr
from ..images import load_picture
from ..protocol import JobError, Remedy
from ..render.layers import NORMAL, Plane, read_layers
from .opencv import cv2

PROPORTION = 0.02  # by which the proportions of a map may differ from its picture's
UNIT = 0.12  # by which a vector's length may differ from 1, rounded and packed as it is
MOST = 0.75  # part of all vectors that must have that length
BEHIND = 0.05  # part of them that may face away from the viewer
SMOOTHINGS = 12  # passes that take a map's 256 steps off


def read_normals(path: str | Path, height: int, width: int) -> Tensor:
    """The unit normals (3, height, width) of a normal map, x to the right, y up, z towards the viewer.

    A picture of 8 or 16 bits holds 0.5 + 0.5 n in its red, green and blue, whatever its profile; an EXR file
    n itself or that, in its colours, its X, Y and Z, or its pass Normal. The map may be of any size in the
    proportions asked for. What is transparent, black, white or without direction in it takes the normal next
    to it. Raises JobError as ``load_picture``, "sizes_differ", and "not_normals" for any other picture.
    """
    source = Path(path)
    vectors, known, step = _read(source)
    known &= np.abs(vectors).min(0) < 0.99  # black or white
    length = np.linalg.norm(vectors, axis=0)
    known &= length > 0.1
    right = known & (np.abs(length - 1) < UNIT)
    if right.sum() < MOST * max(1, known.sum()) or (vectors[2] < -UNIT)[right].mean() > BEHIND:
        raise _no_map(source)
    high, wide = length.shape
    if abs(high * width - wide * height) > PROPORTION * max(high * width, wide * height):
        raise JobError(
            "sizes_differ",
            f"{source.name} has {wide} x {high} pixels, but its painting {width} x {height}: their "
            "proportions differ. Crop one as the other is.",
            Remedy.CHOOSE_IMAGE,
        )
    nearest = distance_transform_edt(~right, return_distances=False, return_indices=True)
    filled = torch.from_numpy(_unrounded(vectors[:, nearest[0], nearest[1]], step))
    sized = F.interpolate(filled[None], (height, width), mode="bilinear", antialias=True)[0]
    return F.normalize(sized, dim=0, eps=1e-6)


def _read(path: Path) -> tuple[Plane, NDArray[np.bool_], float]:
    """Vectors (3, H, W) of a file, where it has any (H, W), and how far apart their steps are."""
    if is_exr(path):
        return _read_exr(path)
    # Not as pictures are read: Pillow takes the lower half of 16 bits off, and a profile would turn vectors.
    levels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED) if _has_bytes(path) else None
    if levels is None or levels.dtype not in (np.uint8, np.uint16) or levels.ndim != 3:
        picture = load_picture(path, "normal map")
        color = picture.rgb[0].numpy()
        cover = np.ones(color.shape[1:]) if picture.alpha is None else picture.alpha[0, 0].numpy()
        return 2 * color - 1, cover > 0.5, 2 / 255
    most = np.iinfo(levels.dtype).max
    planes = levels.astype(np.float32).transpose(2, 0, 1) / most
    known = planes[3] > 0.5 if len(planes) == 4 else np.ones(planes.shape[1:], bool)
    return 2 * planes[2::-1] - 1, known, 2 / most


def _has_bytes(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _read_exr(path: Path) -> tuple[Plane, NDArray[np.bool_], float]:
    layers = read_layers(path)
    names = ["", *(layers.view_layer + name for name in NORMAL)]
    found = [
        np.stack([layers.planes[name][letter] for letter in letters])
        for name in names
        for letters in ("XYZ", "RGB")
        if name in layers.planes and set(letters) <= layers.planes[name].keys()
    ]
    if not found:
        raise _no_map(path)
    plain, packed = found[0], 2 * found[0] - 1
    fits = [(np.abs(np.linalg.norm(one, axis=0) - 1) < UNIT).sum() for one in (plain, packed)]
    return packed if fits[1] > fits[0] else plain, np.ones(plain.shape[1:], bool), 0.0


def _no_map(path: Path) -> JobError:
    return JobError(
        "not_normals",
        f"{path.name} is no normal map: its colours are not directions in which a surface that is seen "
        "faces (red right, green up, blue towards the viewer). Choose another, or none.",
        Remedy.CHOOSE_IMAGE,
    )


def _unrounded(vectors: Plane, step: float) -> Plane:
    """The smoothest vectors (3, H, W) that round to these: no edge fades by more than half a step."""
    smooth = vectors
    for _ in range(SMOOTHINGS if step > 1e-3 else 0):
        blurred = np.stack([cv2.GaussianBlur(plane, (5, 5), 0) for plane in smooth])
        smooth = np.clip(blurred, vectors - step / 2, vectors + step / 2)
    return np.ascontiguousarray(smooth, np.float32)

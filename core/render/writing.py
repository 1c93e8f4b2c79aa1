"""Files of what was painted over renders."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from ..exr import write_exr
from ..files import write_atomically
from ..hdr import SUFFIX as HDR
from ..hdr import write_hdr
from ..images import save_picture
from ..panorama.metadata import photo_sphere
from ..protocol import EQUIRECT
from .view import View


def write_light(
    path: str, light: Tensor, alpha: Tensor | None, view: View, projection: str, draft: bool = False
) -> None:
    """Write scene-linear light (1, 3, H, W) in the format of a path: as it is, or as a view shows it.

    alpha: (1, 1, H, W), if any. projection: what the file says of itself. draft: as of ``save_picture``,
    as which it raises.
    """
    suffix = Path(path).suffix.lower()
    if suffix == HDR:
        write_atomically(path, lambda file: write_hdr(file, light[0]))
        return
    if suffix != ".exr":
        xmp = photo_sphere(projection, light.shape[3], light.shape[2])
        save_picture(path, view.shown(light), alpha, draft, xmp)
        return
    cover, around = None if alpha is None else alpha[0], projection == EQUIRECT
    write_atomically(path, lambda file: write_exr(file, light[0], cover, around))

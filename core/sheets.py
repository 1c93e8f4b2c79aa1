"""The sheets of jobs that paint textures, and their files."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .images import load_picture
from .protocol import Sheet, SphereTextureJob, TextureJob
from .surface.sheets import Spread
from .surface.texels import TexelMap

OVERLAP = 0.05  # share of the UV map that may lie over itself without a word


def base_texture(sheet: Sheet, size: int) -> Tensor:
    """A sheet's texture before (1, 3, size, size), averaged where it is larger."""
    if not sheet.base:
        return torch.tensor(sheet.base_color).view(1, 3, 1, 1).expand(1, 3, size, size)
    base = load_picture(sheet.base, "base texture", 2 * size).rgb
    if max(base.shape[-2:]) > size:
        return F.interpolate(base, size=(size, size), mode="area")
    return F.interpolate(base, size=(size, size), mode="bilinear", align_corners=False)


def files_by_sheet(
    job: TextureJob | SphereTextureJob, spread: Spread, files: Sequence[str]
) -> list[list[str]]:
    """The files that there are of each of the job's sheets. files: of the spread's sheets, "" for none."""
    return [
        [file for file, owner in zip(files, spread.owner, strict=True) if owner == number and file]
        for number in range(len(job.sheets))
    ]


def overlap_notes(texels: TexelMap) -> list[str]:
    """What shows the same paint: places that were laid over each other on purpose, and others."""
    notes = []
    if texels.stacked >= OVERLAP:
        notes.append(
            f"About {100 * texels.stacked:.0f} % of the UV map is shared: mirrored or repeated places "
            "show the same paint."
        )
    if texels.overlap - texels.stacked >= OVERLAP:
        notes.append(
            f"About {100 * (texels.overlap - texels.stacked):.0f} % of the UV map lies over itself, so that "
            "several places of the object show the same paint. Unwrap the mesh anew if seams show."
        )
    return notes

"""The sheets of jobs that paint textures, and their files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .images import load_picture
from .job import base_files
from .protocol import Sheet, SphereTextureJob, TextureJob
from .solve.preview import Previewer
from .surface.geometry import Geometry
from .surface.load import up_axis
from .surface.portrait import Portrait
from .surface.sheets import Spread
from .surface.texels import TexelMap

OVERLAP = 0.05  # share of the UV map that may lie over itself without a word
PREVIEW = 320  # pixels of a preview's side
PREVIEW_GREY = 0.18  # about that of Blender's panels


def base_sources(sheets: Sequence[Sheet]) -> dict[str, str]:
    """The files of all base textures, by role."""
    found: dict[str, str] = {}
    for number, sheet in enumerate(sheets, 1):
        found |= base_files(sheet, f"base texture {number}" if len(sheets) > 1 else "base texture")
    return found


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


def mesh_previewer(
    path: str, mesh: str, geometry: Geometry, finished: Callable[[Tensor], Tensor]
) -> Previewer:
    """Previews show the mesh, not its UV map: islands in a heap tell nobody how far the work is.

    path: of the preview; empty for none. mesh: its file. finished: what makes textures of the work.
    """
    if not path:
        return Previewer("", finished)
    portrait = Portrait(geometry, up_axis(mesh), PREVIEW, samples=2, background=PREVIEW_GREY)
    return Previewer(path, lambda picture: portrait.draw(finished(picture)))

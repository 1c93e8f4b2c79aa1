"""The textures of a mesh from their files, stacked as its sheets are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..images import load_picture
from ..protocol import PART, UDIM, JobError, Remedy, Sheet
from ..surface.mesh import SurfaceMesh
from ..surface.sheets import in_one_sheet, spread


def open_textures(mesh: SurfaceMesh, paths: Sequence[str]) -> tuple[SurfaceMesh, Tensor]:
    """The mesh over its textures, and these as one picture (1, 3, S * H, W).

    paths: one for each of its sheets, ``<UDIM>`` or ``<PART>`` in a name stand for several files; a single
    file is one texture of all faces. Raises JobError as ``load_picture`` and ``spread``, and "sizes_differ".
    """
    if len(paths) == 1 and UDIM not in paths[0] and PART not in paths[0]:
        return in_one_sheet(mesh), load_picture(paths[0], "texture").rgb
    found = spread(mesh, [Sheet(path) for path in paths])
    pictures = [load_picture(sheet.output, "texture").rgb for sheet in found.sheets]
    if len({picture.shape for picture in pictures}) > 1:
        raise JobError(
            "sizes_differ", "The textures differ in size. Give textures of one size.", Remedy.CHOOSE_IMAGE
        )
    return found.mesh, torch.cat(pictures, dim=2)

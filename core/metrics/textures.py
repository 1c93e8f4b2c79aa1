"""The textures of a mesh from their files, stacked as its sheets are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from ..images import Picture, load_picture
from ..protocol import PART, UDIM, JobError, Remedy, Sheet
from ..surface.mesh import SurfaceMesh
from ..surface.sheets import SHEET, spread


def open_textures(mesh: SurfaceMesh, paths: Sequence[str]) -> tuple[SurfaceMesh, Picture]:
    """The mesh over its textures, and these as one picture (1, 3, S * H, W).

    paths: one for each of its sheets, ``<UDIM>`` or ``<PART>`` in a name stand for several files; a single
    file is one texture of all faces. Raises JobError as ``load_picture`` and ``spread``, and "sizes_differ".
    """
    if len(paths) == 1 and UDIM not in paths[0] and PART not in paths[0]:
        others = {name: values for name, values in mesh.attributes.items() if name != SHEET}
        return replace(mesh, attributes=others), load_picture(paths[0], "texture")
    found = spread(mesh, [Sheet(path) for path in paths])
    pictures = [load_picture(sheet.output, "texture") for sheet in found.sheets]
    if len({picture.rgb.shape for picture in pictures}) > 1:
        raise JobError(
            "sizes_differ", "The textures differ in size. Give textures of one size.", Remedy.CHOOSE_IMAGE
        )
    whole = torch.cat([picture.rgb for picture in pictures], dim=2)
    if all(picture.alpha is None for picture in pictures):
        return found.mesh, Picture(whole)
    covers = [torch.ones_like(one.rgb[:, :1]) if one.alpha is None else one.alpha for one in pictures]
    return found.mesh, Picture(whole, torch.cat(covers, dim=2))

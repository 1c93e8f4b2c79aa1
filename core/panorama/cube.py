"""Cube maps: six square pictures that look right, left, up, down, ahead and back, in one file.

Each is seen from the middle of the cube; those that look up and down have the viewer's front at their bottom
and top edge. In one picture they lie as OpenGL numbers them (+X, -X, +Y, -Y, +Z, -Z: a row, a column, or two
rows of three) or as the cube is unfolded around its front (a cross of 4 by 3, or of 3 by 4 faces, with what
looks back upside down below).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .around import Around
from .directions import everywhere, sampled

SPHERE = Around()
FINER = 2  # rows of a panorama for each of a face's: as fine as a face's corners are
SOFT = 1  # pixels of its neighbours that a face is sampled with
# What each face's right, up and forward are, in the axes of ``directions``.
AXES = {
    "right": ((0, 0, -1), (0, 1, 0), (1, 0, 0)),
    "left": ((0, 0, 1), (0, 1, 0), (-1, 0, 0)),
    "up": ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "down": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "front": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "back": ((-1, 0, 0), (0, 1, 0), (0, 0, -1)),
}
FACES = tuple(AXES)
_AROUND = {"left": (0, 1, 1), "front": (1, 1, 1), "right": (2, 1, 1), "up": (1, 0, 1), "down": (1, 2, 1)}
# Where faces lie, by columns and rows of faces as of ``protocol.shapes.CUBES``; the sign says that one is
# turned by half a circle.
LAYOUTS = {
    (6, 1): {face: (number, 0, 1) for number, face in enumerate(FACES)},
    (1, 6): {face: (0, number, 1) for number, face in enumerate(FACES)},
    (3, 2): {face: (number % 3, number // 3, 1) for number, face in enumerate(FACES)},
    (4, 3): _AROUND | {"back": (3, 1, 1)},
    (3, 4): _AROUND | {"back": (1, 3, -1)},
}


def cut_faces(picture: Tensor, layout: tuple[int, int]) -> Tensor:
    """The faces (6, C, S, S), in the order of ``FACES``, of a picture (1, C, H, W)."""
    side = picture.shape[3] // layout[0]
    faces = []
    for face in FACES:
        column, row, turned = LAYOUTS[layout][face]
        part = picture[0, :, row * side : (row + 1) * side, column * side : (column + 1) * side]
        faces.append(part if turned > 0 else part.rot90(2, (1, 2)))
    return torch.stack(faces)


def lay_faces(faces: Tensor, layout: tuple[int, int]) -> Tensor:
    """The picture (1, C, H, W) of faces (6, C, S, S); 0 where a cross has none."""
    side = faces.shape[-1]
    picture = faces.new_zeros(1, faces.shape[1], layout[1] * side, layout[0] * side)
    for number, face in enumerate(FACES):
        column, row, turned = LAYOUTS[layout][face]
        part = faces[number] if turned > 0 else faces[number].rot90(2, (1, 2))
        picture[0, :, row * side : (row + 1) * side, column * side : (column + 1) * side] = part
    return picture


def faces_of(panorama: Tensor, side: int) -> Tensor:
    """The faces (6, C, side, side) of an equirectangular panorama (1, C, H, 2 H)."""
    toward = _toward(side, 0)
    return torch.stack([sampled(panorama, one, SPHERE).permute(2, 0, 1) for one in toward])


def panorama_of(faces: Tensor, height: int) -> Tensor:
    """The equirectangular panorama (1, C, height, 2 height) of faces (6, C, S, S)."""
    side = faces.shape[-1]
    wide = _continued(faces)
    result = faces.new_empty(1, faces.shape[1], height, 2 * height)
    band = max(1, 2**20 // height)
    for top in range(0, height, band):
        rows = slice(top, top + band)
        result[0, :, rows] = _looked_up(wide, everywhere(height, rows), side + 2 * SOFT, side)
    return result


def _continued(faces: Tensor) -> Tensor:
    """Faces with SOFT pixels of their neighbours around them."""
    side = faces.shape[-1]
    toward = _toward(side, SOFT)
    return torch.stack([_looked_up(faces, one, side, side) for one in toward])


def _looked_up(faces: Tensor, toward: Tensor, width: int, side: int) -> Tensor:
    """What faces (6, C, width, width), of which side by side pixels are the cube's, show: (C, ..., ...)."""
    number = _face(toward)
    found = faces.new_zeros(faces.shape[1], *toward.shape[:-1])
    for face in range(6):
        here = number == face
        if not bool(here.any()):
            continue
        right, up, forward = (toward[here] @ axis for axis in _axes()[face])
        place = torch.stack([right / forward, -up / forward], -1) * (side / width)
        grid = place[None, None].to(faces.dtype)
        view = F.grid_sample(faces[face][None], grid, "bilinear", "border", align_corners=False)
        found[:, here] = view[0, :, 0]
    return found


def _face(toward: Tensor) -> Tensor:
    """The number of the face that each direction (..., 3) meets."""
    along = torch.stack([toward @ axes[2] for axes in _axes()], -1)
    return along.argmax(-1)


def _toward(side: int, beyond: int) -> list[Tensor]:
    """The directions (side + 2 beyond, the same, 3) of each face's pixels."""
    at = (torch.arange(-beyond, side + beyond, dtype=torch.float64) + 0.5) * 2 / side - 1
    found = []
    for right, up, forward in _axes():
        plane = at[None, :, None] * right - at[:, None, None] * up + forward
        found.append(F.normalize(plane, dim=-1))
    return found


def _axes() -> list[Tensor]:
    return [torch.tensor(AXES[face], dtype=torch.float64) for face in FACES]

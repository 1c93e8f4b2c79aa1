"""What takes on a sphere's look: a render, or a normal map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import Tensor

from ..exr import is_exr
from ..images import load_picture
from ..protocol import JobError, Remedy, Sphere
from ..render.job import render_mask
from ..render.layers import COMBINED, Layers, read_layers
from ..render.mattes import depth
from ..resize import resized_to
from .camera import view_normals
from .exemplar import Target
from .normals import read_normals
from .source import Source

BEYOND = 1e9  # a distance that is none: Blender's background has 1e10
RIM = 2  # pixels beyond those whose normals are known
UNIT = 0.3  # by which the length of a normal may differ from 1
OUT_OF_VIEW = ("mask_empty", "matte_missing")  # what masks raise whose things are not seen


@dataclass(frozen=True, eq=False)
class Subject:
    """A render that is ready to be painted.

    normals: (3, h, w), towards the viewer. inside: (h, w) bool, where anything is; cover: (1, h, w), how much
    of each pixel it is. layers: of an EXR file's.
    """

    normals: Tensor
    inside: Tensor
    cover: Tensor
    layers: Layers | None

    def target(self, source: Source) -> Target:
        """What a sphere's guides are compared with. Raises JobError ("pass_missing")."""
        return Target(source.guides.of(self.normals, self.layers, self.inside), self.inside)

    def shares(self, spheres: Sequence[Sphere], one_of_many: bool = False) -> list[Tensor]:
        """What of each pixel (1, h, w) each sphere paints; later ones lie above.

        Those without a mask paint what others leave over. one_of_many: of several spheres or frames, whose
        things may be out of view. Raises JobError as ``render_mask``.
        """
        size = (int(self.inside.shape[0]), int(self.inside.shape[1]))
        left = torch.ones(1, *size)
        shares: dict[int, Tensor] = {}
        for at in sorted(range(len(spheres)), key=lambda at: (bool(spheres[at].mask), at), reverse=True):
            mask = self._mask(spheres[at], size, one_of_many)
            shares[at] = left * mask
            left = left * (1 - mask)
        return [shares[at] for at in range(len(spheres))]

    def _mask(self, sphere: Sphere, size: tuple[int, int], one_of_many: bool) -> Tensor:
        """Where a sphere counts (1, h, w)."""
        if not sphere.mask:
            return torch.ones(1, *size)
        try:
            return resized_to(render_mask(sphere.region, self.layers), size)[0]
        except JobError as error:
            if not one_of_many or error.code not in OUT_OF_VIEW:
                raise
            return torch.zeros(1, *size)


def read_subject(path: str, view_layer: str, camera: Sequence[float]) -> Subject:
    """A multilayer EXR file with a pass Normal, or a normal map.

    Raises JobError as ``read_passes`` and ``subject_of``; "nothing_seen".
    """
    subject = subject_of(path, read_passes(path, view_layer), camera)
    if not bool(subject.inside.any()):
        raise JobError(
            "nothing_seen",
            f"Nothing is to be seen in {path}: no place of it faces anywhere. Choose another render.",
            Remedy.CHOOSE_IMAGE,
        )
    return subject


def read_passes(path: str, view_layer: str) -> Layers | None:
    """The passes of a render; None for a picture. Raises JobError as ``read_layers``."""
    layers = read_layers(path, view_layer) if is_exr(path) else None
    return layers if layers is not None and any(layers.planes) else None


def subject_of(path: str, passes: Layers | None, camera: Sequence[float]) -> Subject:
    """What a file shows, of which nothing may be seen. passes: as of ``read_passes``.

    Raises JobError as ``view_normals``, ``load_picture`` and ``read_normals``.
    """
    return _of_picture(path) if passes is None else _of_render(passes, camera)


def _of_picture(path: str) -> Subject:
    picture = load_picture(path, "normal map")
    high, wide = picture.rgb.shape[-2:]
    normals = read_normals(path, high, wide)
    lengths = (2 * picture.rgb[0] - 1).norm(dim=0)
    inside = (lengths - 1).abs() < UNIT
    if picture.alpha is not None:
        inside &= picture.alpha[0, 0] > 0
    cover = inside[None].float() if picture.alpha is None else picture.alpha[0] * inside
    return Subject(normals, inside, cover, None)


def _of_render(layers: Layers, camera: Sequence[float]) -> Subject:
    normals, inside = view_normals(layers, tuple(camera))
    cover = inside[None].float()
    if layers.has(COMBINED) and "A" in layers.planes[layers.view_layer + COMBINED[0]]:
        alpha = torch.from_numpy(layers.find(COMBINED, "A"))
        if float(alpha.min()) < 1:
            normals, inside = _to_the_rim(normals, inside, alpha[0] > 0)
            cover = alpha.clamp(0, 1)
    elif layers.has(("Depth",)):
        inside = inside & (torch.from_numpy(depth(layers)) < BEYOND)
    return Subject(normals, inside, cover * inside, layers)


def _to_the_rim(normals: Tensor, inside: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Normals, and where there are any, also of pixels that are seen but hardly covered: the nearest ones."""
    reach = F.max_pool2d(inside[None].float(), 2 * RIM + 1, 1, RIM)[0] > 0
    wanted = seen & ~inside & reach
    if not bool(wanted.any()):
        return normals, inside
    _, (rows, columns) = ndimage.distance_transform_edt(~inside.numpy(), return_indices=True)
    return torch.where(wanted, normals[:, rows, columns], normals), inside | wanted

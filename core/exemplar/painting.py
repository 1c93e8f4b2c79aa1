"""Paints with several spheres, each where it belongs, and puts what they paint together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..exr import srgb_to_linear, write_exr
from ..files import write_atomically
from ..grey import save_height
from ..hdr import SUFFIX as HDR
from ..hdr import write_hdr
from ..images import save_picture
from ..render.view import View
from ..solve.preview import Previewer
from .source import Source
from .subject import Subject

_WITHOUT_ALPHA = (".jpg", ".jpeg", ".bmp")


@dataclass(frozen=True, eq=False)
class Painted:
    """A painted picture. colors: (3, h, w), display-referred; cover: (1, h, w), how much of each pixel is
    painted; planes: height and roughness (1, h, w), by name, of spheres that have them.
    """

    colors: Tensor
    cover: Tensor
    planes: Mapping[str, Tensor]


def put_together(
    sources: Sequence[Source], shares: Sequence[Tensor], channels: Sequence[Tensor], subject: Subject
) -> Painted:
    """What spheres paint, together. shares: (1, h, w), of each; channels: (C, h, w), what each painted."""
    names = [name for source in sources for name in source.channels if name != "alpha"]
    size = subject.inside.shape
    total, colors = torch.zeros(1, *size), torch.zeros(3, *size)
    planes = {name: torch.zeros(1, *size) for name in names}
    counts = {name: torch.zeros(1, *size) for name in names}
    for source, share, painted in zip(sources, shares, channels, strict=True):
        alpha = source.channel(painted, "alpha")
        weight = share * subject.inside * (1 if alpha is None else alpha)
        total += weight
        colors += weight * painted[:3]
        for name in planes:
            plane = source.channel(painted, name)
            if plane is not None:
                planes[name] += weight * plane
                counts[name] += weight
    planes = {name: plane / counts[name].clamp_min(1e-6) for name, plane in planes.items()}
    return Painted(colors / total.clamp_min(1e-6), subject.cover * total.clamp(0, 1), planes)


def show_painted(painted: Painted, path: str) -> str:
    """Write a preview, on white, to a path; empty for none. Returns the path if it was written."""
    cover = painted.cover[None]
    return Previewer(path, lambda picture: picture)(lambda: painted.colors[None] * cover + 1 - cover)


def save_painted(painted: Painted, path: str, view: View, files: Mapping[str, str]) -> None:
    """Write what was painted, and its planes, those whose name has a file.

    An EXR or HDR file has the light that a view transform shows so. Pictures without alpha are white where
    nothing is. Raises JobError as ``save_picture`` and ``save_height``.
    """
    colors, cover = painted.colors[None].clamp(0, 1), painted.cover[None]
    if path.lower().endswith(HDR):
        white = colors * cover + 1 - cover
        light = view.lit(white, srgb_to_linear(white))[0]
        write_atomically(path, lambda file: write_hdr(file, light))
    elif path.lower().endswith(".exr"):
        light = view.lit(colors, srgb_to_linear(colors))[0]
        write_atomically(path, lambda file: write_exr(file, light, painted.cover))
    elif path.lower().endswith(_WITHOUT_ALPHA):
        save_picture(path, colors * cover + 1 - cover)
    else:
        save_picture(path, colors, cover)
    for name, file in files.items():
        if file:
            save_height(file, painted.planes[name][None])

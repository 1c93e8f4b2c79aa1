"""How near to a painting a painted surface comes, beside a flat picture that is looked at in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from nst.core.colour import picture_colors
from nst.core.images import load_picture, save_picture
from nst.core.metrics.atlas import atlas
from nst.core.metrics.likeness import distances
from nst.core.metrics.palette import palette_distance, surface_colors
from nst.core.metrics.surface_style import comparison_scale, style_windows, window_statistics
from nst.core.metrics.windows import SurfaceWindows, texel_size
from nst.core.protocol import ImageJob
from nst.core.resize import resized
from nst.core.runner import run_job
from nst.core.solve.progress import SilentWatcher
from nst.core.style.painting import Painting
from nst.core.surface.geometry import Geometry
from nst.core.surface.load import load_mesh, up_axis
from nst.core.surface.portrait import Portrait

from .judges import Judge
from .windows import flat_windows

GREY = 0.5
Distances = dict[str, float]  # by layer


def paint_flat(
    mesh: Path, size: int, style: Path, stroke: float, quality: str, seed: int, output: Path, device: str
) -> dict[str, Any]:
    """The image job over a grey square of as many pixels as the mesh's islands have texels.

    The square repeats, so that windows may lie anywhere: a surface has no border either, or little of it.
    size: of the texture. stroke: of the texture's job, in the mesh's units; here it has as many pixels.
    """
    surface = load_mesh(mesh)
    side = round(float(np.sqrt(atlas(surface, size, size).inside.sum())))
    grey = output.with_name("flat_grey.png")
    save_picture(grey, torch.full((1, 3, side, side), GREY))
    pixels = stroke / texel_size(Geometry(surface), size, size)
    job = ImageJob(
        str(grey),
        str(style),
        str(output),
        quality=quality,
        strength=1.0,
        stroke=pixels,
        tile="xy",
        device=device,
        seed=seed,
    )
    info = run_job(job, SilentWatcher())
    return {"side": side, "stroke": pixels, "seconds": info["seconds"]}


@dataclass(frozen=True)
class Scene:
    """What windows are laid on, pictures (1, 3, H, W).

    mesh: its file. painted: its texture. flats: of ``paint_flat``.
    """

    mesh: Path
    painted: Tensor
    flats: Sequence[Tensor]
    painting: Tensor

    @cached_property
    def geometry(self) -> Geometry:
        return Geometry(load_mesh(self.mesh))

    @cached_property
    def scale(self) -> tuple[int, float]:
        """As ``comparison_scale``."""
        return comparison_scale(self.geometry.mesh, self.painted, self.painting)

    def shown(self, seed: int) -> Iterator[tuple[str, Tensor, list[SurfaceWindows]]]:
        """Kinds, each with its picture and windows on it: "surface", every "flat", and "floor"."""
        side, pixel = self.scale
        shape = self.painted.shape[-2:]
        laid = list(style_windows(self.geometry, shape, side, pixel, up_axis(self.mesh), seed))
        yield "surface", self.painted, laid
        texels = pixel / texel_size(self.geometry, *shape)  # a window's pixel, in those of each picture
        whole = resized(self.painting, round(side * texels))
        for kind, picture in [*(("flat", one) for one in self.flats), ("floor", whole)]:
            size = (picture.shape[-2], picture.shape[-1])
            yield kind, picture, flat_windows(laid, size, texels, seed, mirrored=kind == "floor")


def open_scene(mesh: Path, texture: Path, flats: Sequence[Path], style: Path) -> Scene:
    painted, painting, *pictures = (load_picture(path).rgb for path in (texture, style, *flats))
    return Scene(mesh, painted, pictures, painting)


def compared(scene: Scene, judges: Mapping[str, Judge], looks: int) -> dict[str, dict[str, list[Distances]]]:
    """Distances to the painting, by judge and what is looked at, one for each look and picture.

    "surface": the texture on the mesh. "flat": pictures of ``paint_flat``. "floor": the painting itself, at
    the size that it has in texels. looks: how often windows are laid anew. A further judge, "palette", knows
    all colours of the surface and of each flat picture.
    """
    side, _ = scene.scale
    painting = picture_colors(scene.painting)
    colors = {"surface": [surface_colors(scene.geometry, scene.painted)]}
    colors["flat"] = [picture_colors(flat) for flat in scene.flats]
    palettes = {
        kind: [{"palette": palette_distance(one, painting)} for one in each] for kind, each in colors.items()
    }
    found: dict[str, dict[str, list[Distances]]] = {name: {} for name in judges}
    for name, judge in judges.items():
        goal = Painting(scene.painting, judge.encoder).statistics(side, judge.layers)
        for seed in range(looks):
            for kind, picture, windows in scene.shown(seed):
                statistics = window_statistics(windows, picture, judge.encoder, judge.layers)
                found[name].setdefault(kind, []).append(distances(statistics, goal))
    return {**found, "palette": palettes}


def strip(scene: Scene, height: int = 512) -> Tensor:
    """The mesh, and what one window shows of it, of flat pictures, and of the painting: (1, 3, height, W)."""
    parts = [Portrait(scene.geometry, up_axis(scene.mesh), height, 30.0).draw(scene.painted)]
    for _, picture, windows in scene.shown(0):
        seen = torch.cat([one.read(picture) * one.valid + 1 - one.valid for one in windows])
        best = torch.cat([one.weight for one in windows]).sum((1, 2, 3)).argmax()
        parts.append(F.interpolate(seen[best : best + 1], size=(height, height)))
    return torch.cat(parts, dim=3)
